/** One’s own account, in French; the English words have the same keys. */
export const accountFr = {
  "account.title": "Mon compte",
  "account.passkeys": "Clés d’accès",
  "account.passkeys-says":
    "Se connecter par l’empreinte, le visage ou le code de votre appareil, sans mot de passe.",
  "account.passkeys-none": "Aucune pour l’instant.",
  "account.passkey-name": "Nom de la clé",
  "account.passkey-add": "Ajouter une clé d’accès",
  "account.passkey-failed":
    "La clé d’accès n’a pas été enregistrée. Il faut https, ou cette machine, et une connexion récente.",
  "account.passkey-unnamed": "Clé d’accès",
  "account.passkey-since": "depuis le {day}",
  "account.remove": "Retirer",
  "account.password": "Mot de passe",
  "account.current": "Mot de passe actuel",
  "account.new": "Nouveau mot de passe",
  "account.change": "Changer le mot de passe",
  "account.changed": "Le mot de passe est changé ; les autres sessions ont pris fin.",
  "account.remove-of": "Retirer la clé {name}",
  "account.rename": "Renommer",
  "account.rename-of": "Renommer la clé {name}",
  "account.rename-save": "Enregistrer",
  "account.last-way-in": "C’est votre seule façon d’entrer. Ajoutez d’abord une autre clé d’accès.",
  "account.sessions": "Où vous êtes connecté",
  "account.sessions-says":
    "L’adresse est effacée avec la session. Une session que vous ne reconnaissez pas ? Fermez-la, puis changez votre mot de passe.",
  "account.session-here": "Cet appareil",
  "account.session-on": "{browser}, {system}",
  "account.session-browser": "navigateur inconnu",
  "account.session-system": "système inconnu",
  "account.session-since": "depuis le {time}, {how}",
  "account.session-seen": "vu le {time}, à une heure près",
  "account.session-address": "adresse {address}",
  "account.how.password": "par mot de passe",
  "account.how.second-factor": "par mot de passe et code",
  "account.how.passkey": "par clé d’accès",
  "account.how.single-sign-on": "par la connexion de l’organisation",
  "account.how.unknown": "façon non notée",
  "account.session-end": "Fermer",
  "account.session-end-of": "Fermer la session {browser}, {system}, du {time}",
  "account.sessions-end": "Fermer toutes les autres",
  "account.sessions-ended":
    "{sessions, plural, one {Une session est fermée.} other {# sessions sont fermées.}}",
  "account.sessions-alone": "Vous n’êtes connecté nulle part ailleurs.",
  "second.title": "Deuxième vérification",
  "second.says":
    "Un code d’une application sur votre téléphone, en plus du mot de passe. Avec une clé d’accès, rien de plus n’est demandé.",
  "second.on": "En place.",
  "second.left":
    "{codes, plural, =0 {Plus aucun code de secours.} one {Il reste un code de secours.} other {Il reste # codes de secours.}}",
  "second.off": "Pas en place.",
  "second.begin": "Mettre en place",
  "second.renew": "Nouveaux codes de secours",
  "second.end": "Retirer",
  "second.prove.begin": "Montrez d’abord que c’est vous.",
  "second.prove.renew": "Montrez d’abord que c’est vous. Les anciens codes ne serviront plus.",
  "second.prove.end": "Montrez d’abord que c’est vous. Ensuite, le mot de passe suffira de nouveau.",
  "second.go-on": "Continuer",
  "second.by-passkey": "Avec une clé d’accès",
  "second.scan":
    "Lisez ce code avec une application de codes (Aegis, FreeOTP, votre gestionnaire de mots de passe…), puis écrivez le code qu’elle affiche.",
  "second.qr": "Code à lire avec l’application",
  "second.key": "Ou recopiez cette clé :",
  "second.code": "Code à six chiffres",
  "second.code-says":
    "Celui que l’application affiche maintenant ; il change toutes les 30 secondes et ne sert qu’une fois.",
  "second.confirm": "Mettre en place",
  "second.wrong":
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant et vérifiez l’heure du téléphone.",
  "second.codes-says":
    "C’est en place. Voici dix codes de secours : chacun ouvre une fois si le téléphone est perdu. Ils ne seront plus montrés ; gardez-les ailleurs que sur le téléphone.",
  "second.codes-copy": "Copier",
  "second.codes-save": "Enregistrer",
  "second.codes-kept": "Je les ai gardés",
  "second.ask": "Votre code",
  "second.recovery-code": "Code de secours",
  "second.recovery-code-says": "Un de ceux que vous avez gardés ; il ne sert qu’une fois.",
  "second.recovery-wrong": "Ce code n’est pas le bon, ou il a déjà servi.",
  "second.begin-again":
    "Trop d’essais, ou trop de temps : revenez en arrière et recommencez par le mot de passe.",
  "second.use-recovery": "Utiliser un code de secours",
  "second.use-app": "Utiliser l’application",
  "second.lost":
    "Plus de téléphone ni de codes ? Un propriétaire peut retirer cette vérification de votre compte. Pour le propriétaire : assent owner-link, sur le serveur.",
  "second.needed": "Encore une étape",
  "second.needed-says":
    "Votre organisation demande une deuxième vérification à la connexion. Mettez-la en place maintenant ; le reste s’ouvrira ensuite.",
  "second.needed-passkey":
    "Ou ajoutez une clé d’accès : elle compte pour les deux. Déconnectez-vous ensuite et entrez avec elle.",
  "address.verified": "vérifiée",
  "address.not-verified": "non vérifiée : personne n’a encore montré qu’elle est à vous",
  "address.verify": "Recevoir un lien pour la vérifier",
  "address.sent": "Un message est parti à {email}. Ouvrez le lien qu’il contient : il vaut un jour.",
  "address.no-mail":
    "Ce serveur n’envoie pas d’e-mails : une adresse n’y est ni vérifiée, ni changée. La personne qui l’exploite peut configurer l’envoi.",
  "address.new": "Nouvelle adresse",
  "address.new-says": "Un lien y est envoyé d’abord ; rien ne change avant qu’il soit ouvert.",
  "address.or-passkey": "Inutile si vous venez d’entrer avec une clé d’accès.",
  "address.change": "Changer d’adresse",
  "address.confirm-title": "Votre adresse",
  "address.confirm-says": "Confirmez que cette adresse est la vôtre. Elle servira à vous connecter.",
  "address.confirm": "C’est mon adresse",
  "address.confirmed": "C’est fait : l’adresse est vérifiée.",
  "address.gone":
    "Ce lien a servi, date de plus d’un jour, ou un plus récent a été envoyé. Demandez-en un autre sous « Mon compte ».",
  "sso.go": "Se connecter avec {name}",
  "sso.away": "La connexion de l’organisation ne répond pas. Réessayez plus tard.",
  "sso.refused":
    "La connexion de l’organisation vous connaît, mais personne ne vous a invité ici avec cette adresse, ou elle n’y est pas vérifiée.",
  "sso.again":
    "Cette connexion n’a pas abouti : elle a servi, a trop attendu, ou a commencé dans un autre navigateur. Recommencez.",
  "sso.back": "Revenir à la connexion",
  "sso.owner": "Propriétaire, avec le lien du serveur",
  "sso.passwords-off":
    "Les mots de passe n’ouvrent pas ici. Propriétaire ? Le lien du serveur (assent owner-link) les rouvre pour un jour.",
  "sso.invited": "Vous vous connecterez avec {name} : écrivez l’adresse que vous y utilisez.",
} as const satisfies Record<string, string>;

export type AccountKey = keyof typeof accountFr;
