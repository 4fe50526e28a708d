/** One part of a multipart/form-data body. */
export interface Part {
  name: string;
  filename?: string;
  contentType?: string;
  content: Buffer;
}

const CRLF = '\r\n';

/**
 * The parts of a multipart/form-data body, read strictly: CRLF line ends, a Content-Disposition with a name in every part,
 * no preamble, a closing boundary and nothing after it but one line end.
 * @throws Error that names the first mistake
 */
export function parseMultipart(contentType: string, body: Buffer): Part[] {
  const boundary = /^multipart\/form-data;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*$/i.exec(contentType);
  const text = boundary?.[1] ?? boundary?.[2];
  if (text === undefined) throw new Error('the Content-Type is no multipart/form-data with a boundary');
  const opening = Buffer.from(`--${text}`);
  const between = Buffer.from(`${CRLF}--${text}`);
  if (!body.subarray(0, opening.length).equals(opening)) throw new Error('the body does not begin with the boundary');

  const parts: Part[] = [];
  let position = opening.length;
  for (;;) {
    const next = body.toString('latin1', position, position + 2);
    if (next === '--') break;
    if (next !== CRLF) throw new Error('a boundary is not followed by a line end');
    const end = body.indexOf(between, position);
    if (end < 0) throw new Error('the closing boundary is missing');
    parts.push(parsePart(body.subarray(position + 2, end)));
    position = end + between.length;
  }
  const rest = body.toString('latin1', position + 2);
  if (rest !== '' && rest !== CRLF) throw new Error('something follows the closing boundary');
  return parts;
}

function parsePart(part: Buffer): Part {
  const end = part.indexOf(CRLF + CRLF);
  if (end < 0) throw new Error('a part has no blank line after its headers');
  const headers = new Map<string, string>();
  for (const line of part.toString('utf8', 0, end).split(CRLF)) {
    const header = /^([A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (header?.[1] === undefined || header[2] === undefined) throw new Error('a part has a malformed header');
    headers.set(header[1].toLowerCase(), header[2]);
  }
  const disposition = /^form-data; name="([^"]+)"(?:; filename="([^"]*)")?$/.exec(
    headers.get('content-disposition') ?? '',
  );
  if (disposition?.[1] === undefined) throw new Error('a part has no Content-Disposition: form-data with a name');
  const contentType = headers.get('content-type');
  return {
    name: disposition[1],
    ...(disposition[2] !== undefined && { filename: disposition[2] }),
    ...(contentType !== undefined && { contentType }),
    content: part.subarray(end + 4),
  };
}
