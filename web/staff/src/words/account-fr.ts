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
} as const satisfies Record<string, string>;

export type AccountKey = keyof typeof accountFr;
