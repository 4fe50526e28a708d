/** How terminals name the picture of the latest capture: `web_face_enrollpic.jpg`. */
const ENROLMENT_PICTURE = /enroll?_?pic/i;

/** No terminal names its pictures with more characters; parsing a URL takes longer than its length grows. */
const LONGEST_URL = 2048;

/** Path, query and counter of a URL that a terminal reported; the text itself where it is no URL. */
export function pathOf(faceURL: string): string {
  if (faceURL.length > LONGEST_URL) return faceURL;
  try {
    const url = new URL(faceURL, 'http://terminal');
    return url.pathname + url.search;
  } catch {
    return faceURL;
  }
}

/** Whether this is the name that terminals give to the picture of the latest capture, percent-encoded or not. */
export function isEnrolmentPicture(faceURL: string): boolean {
  return ENROLMENT_PICTURE.test(decodedPath(faceURL));
}

/** Whether both URLs name the same file, whatever the counter behind `@`. */
export function isSameFile(one: string, other: string): boolean {
  return fileOf(one) === fileOf(other);
}

/** The file that a URL names, without the counter behind `@`. */
function fileOf(faceURL: string): string {
  const path = decodedPath(faceURL);
  const counter = path.indexOf('@', path.lastIndexOf('/') + 1);
  return counter < 0 ? path : path.slice(0, counter);
}

function decodedPath(faceURL: string): string {
  try {
    return decodeURIComponent(pathOf(faceURL));
  } catch {
    return pathOf(faceURL);
  }
}
