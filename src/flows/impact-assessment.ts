import type { PaperFacts } from "./paper-facts.ts";
import { fillIn, sayIn, text, type Block, type Paper, type Say } from "./paper.ts";
import { controller, matchingOf, security } from "./record-of-processing.ts";

/** A draft of the impact assessment (GDPR art. 35, 7): what the program does and was measured to do, and marks for what a person judges. */
export function impactAssessment(facts: PaperFacts, language: Paper["language"]): Paper {
  const say = sayIn(language);
  return {
    language,
    title: say("Analyse d'impact : brouillon", "Impact assessment: a draft"),
    note: say(
      "Brouillon fait par le programme (RGPD, article 35). Il décrit et chiffre ce qui est connu ; il ne juge ni la nécessité, ni les risques, ni la conformité : une personne le complète, et un juriste en décide.",
      "A draft made by the program (GDPR, article 35). It describes and counts what is known; it judges neither necessity, nor risks, nor compliance: a person completes it, and a lawyer decides.",
    ),
    at: facts.at,
    sections: [
      { title: say("Responsable du traitement", "Controller"), blocks: controller(facts, say) },
      {
        title: say("Description du traitement", "Description of the processing"),
        blocks: description(facts, say),
      },
      {
        title: say("Nécessité et proportionnalité", "Necessity and proportionality"),
        blocks: necessity(say),
      },
      {
        title: say("Taux d'erreur de la reconnaissance", "Error rates of the recognition"),
        blocks: errorRates(facts, say, language),
      },
      { title: say("Risques pour les personnes", "Risks to people"), blocks: risks(say) },
      { title: say("Mesures", "Measures"), blocks: security(say) },
      { title: say("Avis et décision", "Advice and decision"), blocks: decision(say) },
    ],
  };
}

function description(
  { collections, people, children, minimumAge, majorityAge }: PaperFacts,
  say: Say,
): readonly Block[] {
  return [
    text(
      say(
        "L'organisation apporte ses propres photos. Les visages y sont cherchés pour être masqués. Qui le veut s'inscrit, choisit chaque usage et prend un selfie ; son code scellé est comparé aux visages des photos. Ceux des autres sont comparés en mémoire, puis oubliés : aucun code n'est gardé d'une personne qui ne s'est pas inscrite.",
        "The organisation brings its own photos. Faces are looked for in them to be hidden. Whoever wishes joins, chooses each use and takes a selfie; their sealed code is compared with the faces in the photos. Those of others are compared in memory, then forgotten: no code is kept of anybody who did not join.",
      ),
    ),
    {
      kind: "facts",
      rows: [
        [say("Personnes inscrites", "People who joined"), String(people)],
        [say("Dont enfants", "Of these, children"), String(children)],
        [
          say("Âge pour s'inscrire seul", "Age to join alone"),
          say(
            `${minimumAge} ans ; en dessous, un responsable, jusqu'à ${majorityAge} ans`,
            `${minimumAge}; below that a guardian, until ${majorityAge}`,
          ),
        ],
      ],
    },
    ...(collections.length === 0
      ? []
      : [
          {
            kind: "table" as const,
            heads: [
              say("Collection", "Collection"),
              say("Pour qui", "For whom"),
              say("Reconnaissance faciale", "Face recognition"),
              say("Photos", "Photos"),
              say("Visages", "Faces"),
            ],
            rows: collections.map((one) => [
              one.name,
              presetIn(one.preset, say),
              matchingOf(one, say),
              String(one.photos),
              String(one.faces),
            ]),
          },
        ]),
    fillIn(
      say(
        "Contexte : qui sont les personnes photographiées, ce qui les lie à l'organisation, si elles dépendent d'elle, et ce à quoi elles s'attendent.",
        "Context: who the people in the photos are, what ties them to the organisation, whether they depend on it, and what they expect.",
      ),
    ),
  ];
}

function presetIn(preset: PaperFacts["collections"][number]["preset"], say: Say): string {
  switch (preset) {
    case "event":
      return say("événement", "event");
    case "club":
      return say("association", "club");
    case "archive":
      return say("archives", "archive");
    case "press":
      return say("presse", "press");
    case "school":
      return say("école", "school");
    case "employer":
      return say("employeur", "employer");
  }
}

function necessity(say: Say): readonly Block[] {
  return [
    {
      kind: "list",
      items: [
        say(
          "Chaque collection fonctionne aussi sans reconnaissance faciale : à la main, par carte, ou en disant « c'est moi ».",
          "Every collection also works without face recognition: by hand, by a card, or by saying “this is me”.",
        ),
        say(
          "Ni âge, ni genre, ni émotion, ni origine ne sont déduits. Aucun score ne sort.",
          "Neither age, nor gender, nor emotion, nor origin is inferred. No score leaves.",
        ),
        say(
          "Les selfies ne sont pas gardés. Les découpes de visages le sont, scellées, jusqu'à la fin des inscriptions.",
          "Selfies are not kept. Cut-out faces are, sealed, until joining ends.",
        ),
      ],
    },
    fillIn(
      say(
        "Pourquoi un moyen moins intrusif ne suffit pas ; comment le refus reste libre et sans conséquence ; comment qui n'est pas inscrit est informé que son visage est comparé en mémoire.",
        "Why a less intrusive means does not do; how refusing stays free and without consequence; how those who did not join are told that their face is compared in memory.",
      ),
    ),
  ];
}

function errorRates({ model, errors }: PaperFacts, say: Say, language: Paper["language"]): readonly Block[] {
  const numbers = new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB", {
    maximumSignificantDigits: 3,
  });
  return [
    {
      kind: "facts",
      rows: [
        [say("Modèles", "Models"), `${model.id} : ${model.description}`],
        [say("Appris sur", "Trained on"), model.trainedOn],
        [
          say("Politique de décision", "Matching policy"),
          say(
            `${model.policy} ; au-delà de ${model.maxGallery} personnes cherchées, tout est demandé à la personne`,
            `${model.policy}; beyond ${model.maxGallery} people searched, everything is asked of the person`,
          ),
        ],
        [say("Mesuré", "Measured"), model.measured],
      ],
    },
    text(
      say(
        `Inconnus pris l'un pour l'autre, sur ${numbers.format(model.pairs)} paires ; dans un même genre jusqu'à ${model.withinGenderFactor} fois plus souvent.`,
        `Strangers taken for each other, over ${numbers.format(model.pairs)} pairs; within one gender up to ${model.withinGenderFactor} times as often.`,
      ),
    ),
    {
      kind: "table",
      heads: [
        say("Part des paires", "Share of pairs"),
        say("À partir de la ressemblance", "From the likeness"),
      ],
      rows: model.points.map((one) => [
        `1 / ${numbers.format(1 / one.falseMatchRate)}`,
        numbers.format(one.threshold),
      ]),
    },
    { kind: "list", items: model.warnings },
    text(
      say(
        "Ce que le modèle dit de lui-même est en anglais, comme dans sa fiche (docs/models.md).",
        "What the model says of itself stands as in its card (docs/models.md).",
      ),
    ),
    errors.length === 0
      ? text(
          say(
            "En usage ici : personne n'a signalé de photo d'une autre personne.",
            "In use here: nobody has said that a photo given to them was somebody else's.",
          ),
        )
      : {
          kind: "table",
          heads: [
            say("Politique", "Policy"),
            say("Photos données à tort", "Given to a wrong person"),
            say("Visages cherchés", "Faces searched"),
          ],
          rows: errors.map((one) => [one.policy, String(one.wrong), String(one.faces)]),
        },
    fillIn(
      say(
        "Taux par groupe de vos propres photos, si vous les avez mesurés (assent evaluate --people), et ce que vous en concluez.",
        "Rates by group on your own photos, where you measured them (assent evaluate --people), and what you conclude.",
      ),
    ),
  ];
}

function risks(say: Say): readonly Block[] {
  const open = say("à juger", "to be judged");
  const rows = [
    [
      say(
        "Retrouver quelqu'un par sa photo, contre son gré",
        "Finding somebody by their photo, against their will",
      ),
      say(
        "inscription par défi devant la caméra ou devant l'équipe ; ressemblances bloquées",
        "joining by a challenge before the camera, or before staff; look-alikes frozen",
      ),
    ],
    [
      say("Une photo donnée à la mauvaise personne", "A photo given to the wrong person"),
      say(
        "seuils stricts, sinon demandé ; les autres visages restent masqués",
        "strict thresholds, otherwise asked; other faces stay hidden",
      ),
    ],
    [
      say("L'équipe cherche par curiosité", "Staff look out of curiosity"),
      say(
        "chaque regard noté, montré à la personne, limité et signalé s'il est inhabituel",
        "each look recorded, shown to the person, limited, and named where unusual",
      ),
    ],
    [
      say("Vol de la base ou d'une sauvegarde", "Theft of the database or of a backup"),
      say(
        "codes et noms scellés, clés ailleurs ; les photos, elles, sont en clair",
        "codes and names sealed, keys elsewhere; the photos themselves are in the clear",
      ),
    ],
    [
      say("Un visage publié sans accord", "A face published without consent"),
      say(
        "masqué par défaut, regard humain avant un canal public, « masquez-moi » pour tous",
        "hidden by default, a human look before a public channel, “hide me” for everybody",
      ),
    ],
    [
      say("Ce qui est parti ne revient pas", "What left does not come back"),
      say(
        "noté par canal ; prévenir les destinataires reste à faire par une personne",
        "recorded by channel; telling recipients stays a person's task",
      ),
    ],
    [
      say("Un consentement sous pression (école, employeur)", "Consent under pressure (school, employer)"),
      say(
        "sans reconnaissance faciale par défaut, justification demandée, refus sans perte",
        "no face recognition by default, a justification asked for, refusing loses nothing",
      ),
    ],
  ].map((row) => [...row, open, open]);
  return [
    {
      kind: "table",
      heads: [
        say("Risque", "Risk"),
        say("Ce que fait le programme", "What the program does"),
        say("Vraisemblance", "Likelihood"),
        say("Gravité", "Severity"),
      ],
      rows,
    },
    fillIn(
      say(
        "Vraisemblance et gravité de chaque risque chez vous, risques propres à votre situation, et ce qui reste une fois les mesures prises.",
        "Likelihood and severity of each risk in your case, risks of your own situation, and what remains once the measures are taken.",
      ),
    ),
  ];
}

function decision(say: Say): readonly Block[] {
  return [
    fillIn(say("Avis du délégué à la protection des données.", "Advice of the data-protection officer.")),
    fillIn(
      say(
        "Avis des personnes concernées ou de leurs représentants, ou pourquoi il n'a pas été demandé.",
        "Views of those concerned or their representatives, or why they were not sought.",
      ),
    ),
    fillIn(
      say(
        "Faut-il consulter l'autorité avant de commencer (article 36) ?",
        "Must the authority be consulted before beginning (article 36)?",
      ),
    ),
    fillIn(
      say(
        "Décision, date, signature, et quand revoir ce document.",
        "Decision, date, signature, and when this is looked at again.",
      ),
    ),
  ];
}
