/** Words about watched folders, in French. */
export const watchFr = {
  "watch.way": "Dossiers surveillés",
  "watch.way-says": "Les photos d’un dossier du serveur sont ajoutées à mesure qu’elles arrivent.",
  "watch.says":
    "Assent lit ces dossiers et n’y écrit jamais. Une photo est copiée quand elle a au moins {minutes, number} minutes et qu’elle a été prise pendant la période indiquée ; le reste attend votre décision.",
  "watch.not-allowed":
    "Aucun dossier du serveur ne peut être surveillé pour le moment. La personne qui gère le serveur doit d’abord les autoriser (ASSENT_LIBRARIES).",
  "watch.none": "Aucun dossier n’est surveillé",
  "watch.none-says": "Indiquez un dossier ci-dessous ; ses photos arriveront d’elles-mêmes.",
  "watch.add": "Surveiller un dossier",
  "watch.path": "Dossier sur le serveur",
  "watch.path-says": "Dans : {folders}",
  "watch.from": "Premier jour des photos",
  "watch.until": "Dernier jour des photos",
  "watch.gone": "Quand un fichier disparaît du dossier",
  "watch.gone-tell": "Le signaler ici, et garder la photo",
  "watch.gone-delete": "Supprimer la photo un jour après, avec un reçu",
  "watch.if-gone-tell": "Quand un fichier disparaît du dossier, c’est signalé ici et la photo est gardée.",
  "watch.if-gone-delete":
    "Quand un fichier disparaît du dossier, la photo est supprimée un jour après, avec un reçu.",
  "watch.go": "Surveiller ce dossier",
  "watch.on": "Surveillé",
  "watch.paused": "En pause",
  "watch.problem-not-allowed":
    "Ce dossier n’est plus autorisé sur le serveur, ou un lien a pris sa place. Rien n’y est lu.",
  "watch.problem-unreachable":
    "Ce dossier ne répond pas. Le disque est-il branché ? Aucune photo n’est considérée comme disparue.",
  "watch.problem-emptied":
    "Ce dossier s’est vidé d’un coup. Le disque est-il branché ? Aucune photo n’est considérée comme disparue.",
  "watch.problem-ended":
    "La date de conservation de cette collection est passée : elle ne reçoit plus de photos.",
  "watch.looked": "Regardé le {moment}",
  "watch.never-looked": "Pas encore regardé",
  "watch.window": "Photos prises du {from} au {until}.",
  "watch.facts":
    "{taken, plural, =0 {Aucune photo reçue} one {# photo reçue} other {# photos reçues}}{coming, plural, =0 {} one {, # fichier encore trop récent} other {, # fichiers encore trop récents}}",
  "watch.by": "Choisi par {name} le {day}.",
  "watch.waiting":
    "{n, plural, one {# photo attend votre décision} other {# photos attendent votre décision}}",
  "watch.waiting-says":
    "{n, plural, one {Elle a été prise en dehors de la période, ou ne dit pas quand. Ajoutez-la seulement si elle est de cette collection.} other {Elles ont été prises en dehors de la période, ou ne disent pas quand. Ajoutez-les seulement si elles sont de cette collection.}}",
  "watch.take": "{n, plural, one {Ajouter cette photo} other {Ajouter ces photos}}",
  "watch.taken":
    "{n, plural, =0 {Rien n’attendait plus.} one {# photo va être ajoutée.} other {# photos vont être ajoutées.}}",
  "watch.left-out": "{n, plural, one {# fichier laissé de côté} other {# fichiers laissés de côté}}",
  "watch.missing":
    "{n, plural, one {# photo dont le fichier a disparu} other {# photos dont le fichier a disparu}}",
  "watch.missing-says":
    "{n, plural, one {Elle est toujours dans la collection. Si son fichier revient, ou se retrouve ailleurs dans le dossier, elle garde tout.} other {Elles sont toujours dans la collection. Si leur fichier revient, ou se retrouve ailleurs dans le dossier, elles gardent tout.}}",
  "watch.missing-file": "{path}, disparu depuis le {moment}",
  "watch.missing-delete": "{n, plural, one {Supprimer cette photo} other {Supprimer ces photos}}",
  "watch.missing-delete-says":
    "{n, plural, one {Cette photo sera supprimée} other {Ces # photos seront supprimées}}, avec tout ce qui en a été tiré. Cela ne peut pas être défait.",
  "watch.more": "et {n, number} de plus",
  "watch.file": "{path} : {why}",
  "watch.pause": "Mettre en pause",
  "watch.resume": "Reprendre",
  "watch.look": "Regarder maintenant",
  "watch.looking": "Ce dossier est regardé dès que possible.",
  "watch.stop": "Ne plus surveiller",
  "watch.stop-of": "Ne plus surveiller {path}",
  "watch.stop-says": "Les photos déjà reçues restent dans la collection. Le dossier n’est pas touché.",
  "watch.why-no-time": "ne dit pas quand elle a été prise",
  "watch.why-outside": "prise en dehors de la période",
  "watch.why-raw": "fichier RAW : exportez-le d’abord en JPEG",
  "watch.why-link": "un lien : les liens ne sont pas suivis",
  "watch.why-empty": "fichier vide",
  "watch.why-too-large": "plus d’un gigaoctet",
  "watch.why-unreadable-file": "le serveur n’a pas le droit de le lire",
  "watch.why-not-a-picture": "ce n’est pas une photo",
  "watch.why-removed": "retirée à la demande d’une personne qui y figure",
  "watch.why-unreadable-picture": "photo abîmée ou incomplète",
  "watch.why-unsupported-picture": "ce format ne peut pas être lu, ou l’image est trop grande",
  "watch.why-worker-failed": "la photo n’a pas pu être lue",
} as const;
