/** The one enrolment picture of a terminal: the next capture overwrites it. */
export interface EnrolmentPicture {
  face: string;
  jpeg: Buffer;
  /** Rises with each capture; the URL ends in it. */
  count: number;
}

const FILE = '/LOCALS/pic/web_face_enrollpic.jpg';

/** The one file name of the enrolment picture, with or without the counter of its URL. */
export const ENROLMENT_PATH = /^\/LOCALS\/pic\/web_face_enrollpic\.jpg(?:@WEB\d{12})?$/;

/** The URL of a capture on the terminal at `origin`; `count` is written with twelve digits. */
export function enrolmentUrl(origin: string, count: number): string {
  return `${origin}${FILE}@WEB${String(count).padStart(12, '0')}`;
}
