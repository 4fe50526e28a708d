/**
 * What a terminal's own `subStatusCode` means, for the codes that terminals really give: in lower case, since spellings
 * differ by firmware. A list that ends here: what a device says is only looked up, never made a key of.
 */
const MEANINGS = {
  devicebusy: 'busy',
  serviceunavailable: 'busy',
  configoperating: 'busy',
  nomemory: 'noMemory',
  networkerror: 'networkError',
  upgrading: 'upgrading',
  deviceerror: 'deviceError',
  capturetimeout: 'nobodyLooked',
  lowscore: 'faceUnclear',
  facelowqulity: 'faceUnclear',
  poorfacequality: 'faceUnclear',
  urldownloadfail: 'pictureUnreadable',
  urldownloadfailed: 'pictureUnreadable',
  notsupport: 'notSupported',
  methodnotallowed: 'notSupported',
  lowprivilege: 'noRight',
  nopermission: 'noRight',
  notactivated: 'notActivated',
  invalidoperation: 'notNow',
  usernamelocked: 'accountLocked',
  deviceislocked: 'accountLocked',
  facelibinitializing: 'libraryStarting',
  alreadyexistthisface: 'faceTaken',
  badxmlformat: 'badXml',
  badjsonformat: 'badJson',
  badurlformat: 'badUrl',
  badparameters: 'badValue',
  badjsoncontent: 'badContent',
  messageparameterslack: 'fieldMissing',
  employeenoalreadyexist: 'personExists',
  employeenoalreadyuserexist: 'personExists',
  deviceuseralreadyexist: 'personExists',
  employeenonotexist: 'noPerson',
  deviceuseralreadyexistface: 'faceExists',
  deviceuserfull: 'personsFull',
  devicefacefull: 'facesFull',
  devicecardfull: 'cardsFull',
  illegalemployeeno: 'badNumber',
  notsupportcharacter: 'badCharacters',
  subpicanalysismodelingerror: 'faceUnusable',
  picanalysisnotargeterror: 'noFace',
  multiplefaceobjecterror: 'manyFaces',
  pupildistancetoosmall: 'faceSmall',
  facedatamodeling: 'stillModelling',
  facelibraryiderror: 'noLibrary',
  endtimeearlierthanbegintime: 'endBeforeBegin',
  notallsuccess: 'partlyDone',
  allfailed: 'nothingDone',
} as const;

/** Names the texts of a refusal: `errors.refusals.<meaning>` and `status.refusals.<meaning>`. */
export type RefusalMeaning = (typeof MEANINGS)[keyof typeof MEANINGS];

/** Every meaning once. */
export const REFUSAL_MEANINGS: readonly RefusalMeaning[] = [...new Set(Object.values(MEANINGS))];

/** The codes that have a meaning, in lower case. */
export const KNOWN_CODES: readonly string[] = Object.keys(MEANINGS);

/** What a terminal's code means, however it spells it; undefined for any other text. */
export function meaningOf(code: string): RefusalMeaning | undefined {
  const known = code.toLowerCase();
  return Object.hasOwn(MEANINGS, known) ? MEANINGS[known as keyof typeof MEANINGS] : undefined;
}
