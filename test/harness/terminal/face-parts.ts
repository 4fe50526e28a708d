/** The headers of the part with the record, as the guides write it. */
export const PLAIN = 'Content-Disposition: form-data; name="FaceDataRecord"\r\n';
/** The headers of a part with a picture. */
export const IMAGE = imagePart('img');

export function imagePart(name: string): string {
  return `Content-Disposition: form-data; name="${name}"; filename="face.jpg"\r\nContent-Type: image/jpeg\r\n`;
}

/** The record of person 1 in the one library, as JSON. */
export function recordOf(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ faceLibType: 'blackFD', FDID: '1', FPID: '1', ...more });
}

/** A multipart body with boundary `x` of these parts, each a block of headers and a content. */
export function multipart(...parts: [string, string | Buffer][]): Buffer {
  const pieces = parts.flatMap(([headers, content]) => [`--x\r\n${headers}\r\n`, content, '\r\n']);
  return Buffer.concat([...pieces, '--x--\r\n'].map((piece) => Buffer.from(piece)));
}
