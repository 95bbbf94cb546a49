/** Joiners, selectors and tags: whether anybody would miss one depends on what stands around it. */
const CONTEXTUAL = String.raw`\p{Join_Control}\p{Variation_Selector}\u180E\u{E0020}-\u{E007F}`;
/** An override shows letters in an order that is not theirs, so leaving it out would not leave what was seen. */
const OVERRIDES = String.raw`\u202D\u202E`;
/** Fillers of Hangul take up room, so leaving them out would join words. */
const FILLERS = String.raw`\u115F\u1160\u3164\uFFA0`;

// Letters that join a neighbour, and those of them that join the one before or the one behind alone (ArabicShaping.txt of
// Unicode 17.0: Joining_Type D, R, L and C; R; L).
const JOINING = [
  String.raw`\u0620\u0622-\u064A\u066E\u066F\u0671-\u0673\u0675-\u06D3\u06D5\u06EE\u06EF\u06FA-\u06FC\u06FF\u0710`,
  String.raw`\u0712-\u072F\u074D-\u077F\u07CA-\u07EA\u07FA\u0840-\u0858\u0860\u0862-\u0865\u0867-\u086A\u0870-\u0886`,
  String.raw`\u0889-\u088F\u08A0-\u08AC\u08AE-\u08C8\u1807\u180A\u1820-\u1878\u1887-\u18A8\u18AA\uA840-\uA872`,
  String.raw`\u{10AC0}-\u{10AC5}\u{10AC7}\u{10AC9}\u{10ACA}\u{10ACD}-\u{10AE1}\u{10AE4}\u{10AEB}-\u{10AEF}`,
  String.raw`\u{10B80}-\u{10B91}\u{10BA9}-\u{10BAE}\u{10D00}-\u{10D23}\u{10EC2}-\u{10EC4}\u{10EC6}\u{10EC7}`,
  String.raw`\u{10F30}-\u{10F44}\u{10F51}-\u{10F54}\u{10F70}-\u{10F81}\u{10FB0}\u{10FB2}-\u{10FB6}\u{10FB8}-\u{10FBF}`,
  String.raw`\u{10FC1}-\u{10FC4}\u{10FC9}-\u{10FCB}\u{1E900}-\u{1E943}`,
].join('');
const JOINING_BEFORE_ALONE = [
  String.raw`\u0622-\u0625\u0627\u0629\u062F-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06C0\u06C3-\u06CB\u06CD`,
  String.raw`\u06CF\u06D2\u06D3\u06D5\u06EE\u06EF\u0710\u0715-\u0719\u071E\u0728\u072A\u072C\u072F\u074D\u0759-\u075B`,
  String.raw`\u076B\u076C\u0771\u0773\u0774\u0778\u0779\u0840\u0846\u0847\u0849\u0854\u0856-\u0858\u0867\u0869\u086A`,
  String.raw`\u0870-\u0882\u088E\u08AA-\u08AC\u08AE\u08B1\u08B2\u08B9\u{10AC5}\u{10AC7}\u{10AC9}\u{10ACA}`,
  String.raw`\u{10ACE}-\u{10AD2}\u{10ADD}\u{10AE1}\u{10AE4}\u{10AEF}\u{10B81}\u{10B83}-\u{10B85}\u{10B89}\u{10B8C}`,
  String.raw`\u{10B8E}\u{10B8F}\u{10B91}\u{10BA9}-\u{10BAC}\u{10D22}\u{10EC2}\u{10F33}\u{10F54}\u{10F74}\u{10F75}`,
  String.raw`\u{10FB4}-\u{10FB6}\u{10FB9}\u{10FBA}\u{10FBD}\u{10FC2}\u{10FC3}\u{10FC9}`,
].join('');
const JOINING_BEHIND_ALONE = String.raw`\uA872\u{10ACD}\u{10AD7}\u{10D00}\u{10FCB}`;

/** Canonical_Combining_Class 9 of Unicode 17.0: what takes the vowel from a consonant and may bind it to the next. */
const VIRAMAS = [
  String.raw`\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0E3A\u0EBA\u0F84\u1039\u103A`,
  String.raw`\u1714\u1715\u1734\u17D2\u1A60\u1B44\u1BAA\u1BAB\u1BF2\u1BF3\u2D7F\uA806\uA82C\uA8C4\uA953\uA9C0\uAAF6\uABED`,
  String.raw`\u{10A3F}\u{11046}\u{11070}\u{1107F}\u{110B9}\u{11133}\u{11134}\u{111C0}\u{11235}\u{112EA}\u{1134D}`,
  String.raw`\u{113CE}-\u{113D0}\u{11442}\u{114C2}\u{115BF}\u{1163F}\u{116B6}\u{1172B}\u{11839}\u{1193D}\u{1193E}`,
  String.raw`\u{119E0}\u{11A34}\u{11A47}\u{11A99}\u{11C3F}\u{11D44}\u{11D45}\u{11D97}\u{11F41}\u{11F42}\u{1612F}`,
].join('');

/** Scripts in which a joiner changes the shape of the vowel sign or virama behind it: `র‍্য` of Bengali, `ប៊‌ី` of Khmer. */
const SCRIPTS_OF_SIGNS = [
  ...['Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr', 'Mymr', 'Java', 'Bali'],
].map((script) => String.raw`\p{Script_Extensions=${script}}`);

// What may stand between a letter and the joiner that changes it. Without a bound, a long run of marks would be walked
// from each of its places.
const MARKS = String.raw`\p{Mn}{0,4}`;

/** Where a joiner shapes a word: UAX #31 §2.3, rules A1, A2 and B, at the end of a word too, and where a letter shows it. */
function shapingJoiners(): string[] {
  const sign = `[[${SCRIPTS_OF_SIGNS.join('')}]&&\\p{M}]`;
  const signed = `[[${SCRIPTS_OF_SIGNS.join('')}]&&[\\p{L}\\p{M}]]`;
  const afterJoining = `[[${JOINING}]--[${JOINING_BEFORE_ALONE}]]${MARKS}`;
  const beforeJoining = `${MARKS}[[${JOINING}]--[${JOINING_BEHIND_ALONE}]]`;
  return [
    `(?<=[${VIRAMAS}]${MARKS})\\p{Join_Control}`,
    `(?<=${signed})\\p{Join_Control}(?=${sign})`,
    // Parts two letters that would join.
    `(?<=${afterJoining})\\u200C(?=${beforeJoining})`,
    // Gives a letter its joined shape where its neighbour does not join.
    `(?<=${afterJoining})\\u200D(?!${beforeJoining})`,
    `(?<!${afterJoining})\\u200D(?=${beforeJoining})`,
  ];
}

/** One selector behind what Unicode's lists of variation sequences, or the database of ideographic ones, have it vary. */
const VARYING_SELECTORS = [
  String.raw`(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F]`,
  String.raw`(?<=[0-9#*])\uFE0F(?=\u20E3)`,
  // The second and third plane are set aside for ideographs, those that the runtime does not know yet among them.
  String.raw`(?<=[\p{Ideographic}\u{20000}-\u{3FFFD}])[\uFE00-\uFE02\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=[[\p{sc=Mymr}\p{sc=Phag}\p{sc=Mani}\p{sc=Egyp}]&&\p{L}])[\uFE00-\uFE06]`,
  String.raw`(?<=[\p{sc=Mong}&&\p{L}])[\u180B-\u180D\u180F]`,
];

const NEEDED = [
  ...shapingJoiners(),
  ...VARYING_SELECTORS,
  // Sets the last vowel of a Mongolian word apart.
  String.raw`(?<=[\p{sc=Mong}&&\p{L}][\u180B-\u180D\u180F]?)\u180E(?=[\u1820\u1821])`,
  // The parts of one emoji (UTS 51, emoji_zwj_sequence).
  String.raw`(?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D(?=\p{Extended_Pictographic})`,
  // England, Scotland and Wales. Any other flag of a subdivision is well-formed too, but shown as a plain black one.
  String.raw`\p{RGI_Emoji_Tag_Sequence}`,
];

const UNSEEN = new RegExp(String.raw`[\p{Default_Ignorable_Code_Point}--[${CONTEXTUAL}${OVERRIDES}${FILLERS}]]`, 'gv');
const CONTEXTUAL_UNLESS_NEEDED = new RegExp(`(?<needed>${NEEDED.join('|')})|[${CONTEXTUAL}]`, 'gv');
const ANY_CONTEXTUAL = new RegExp(`[${CONTEXTUAL}]`, 'gv');
const ROUNDS = 4;

/**
 * A text in NFC without the invisible characters that nobody would miss: directional marks, embeddings and isolates,
 * soft hyphens, zero-width spaces and whatever else is ignorable by default, and joiners, variation selectors and tags
 * where neither a script (UAX #31 §2.3) nor an emoji (UTS 51) needs them. Overrides and fillers are left in. What comes
 * out is its own result.
 */
export function withoutUnseen(text: string): string {
  let settled = text.replace(UNSEEN, '').normalize('NFC');
  // What is left out may have kept marks apart that now are put in order or composed, which can take from a joiner what
  // it stood behind; another round finds that.
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = settled.replace(CONTEXTUAL_UNLESS_NEEDED, '$<needed>').normalize('NFC');
    if (next === settled) return settled;
    settled = next;
  }
  // No word takes that many, but a chain of marks can be made to lose one joiner a round.
  return settled.replace(ANY_CONTEXTUAL, '').normalize('NFC');
}
