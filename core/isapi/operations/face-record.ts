import { randomUUID } from 'node:crypto';

import FormData from 'form-data';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { isNotSupported, type IsapiReply } from '../protocol/reply.js';
import type { IsapiCall, Terminal } from '../terminal/terminal.js';

/** Whose face it is, and in which library. */
export interface FaceOf {
  employeeNo: string;
  faceLibType: string;
  FDID: string;
  signal?: AbortSignal;
  /** Called at the moment of sending; what it throws is the outcome. */
  beforeSending?: () => void;
}

const LIBRARY = '/ISAPI/Intelligent/FDLib';

/** Whether a terminal has no FDSetUp at all: seen as 404 and 405, on DS-K1T672MX 3.18 for one. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof HikvisionError) || !isNotSupported(error)) return false;
  const { httpStatus } = error.cause;
  return httpStatus === 404 || httpStatus === 405;
}

/**
 * Adds a picture by FaceDataRecord, for terminals without FDSetUp. It only adds, so a face that the person has is deleted
 * first. By URL or in base64 it was seen to fail (`urlDownloadFail`, `badJsonContent`): the picture goes as multipart.
 * @param image a JPEG
 */
export async function recordFace(terminal: Terminal, whose: FaceOf, image: Buffer): Promise<IsapiReply> {
  await terminal.call(deletion(whose)).catch((error: unknown) => {
    // Whoever had no face may be a mistake to some firmware; where one is still there, the terminal says so next.
    const isAnswer = error instanceof HikvisionError && error.delivery === 'answered' && !error.cause.retryable;
    if (!isAnswer) throw error;
  });
  return terminal.call(addition(whose, image));
}

function deletion({ employeeNo, faceLibType, FDID, signal, beforeSending }: FaceOf): IsapiCall {
  return {
    operation: 'delete face',
    method: 'PUT',
    path: `${LIBRARY}/FDSearch/Delete?format=json&FDID=${FDID}&faceLibType=${faceLibType}`,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ FPID: [{ value: employeeNo }] })),
    policy: 'repeatable',
    ...(signal ? { signal } : {}),
    ...(beforeSending ? { beforeSending } : {}),
  };
}

/** Its boundary is as random as form-data's own, and taken from the system's random numbers for a hundred forms at once. */
export function emptyForm(): FormData {
  const form = new FormData();
  form.setBoundary(`${'-'.repeat(20)}${randomUUID()}`);
  return form;
}

function addition({ employeeNo, faceLibType, FDID, signal, beforeSending }: FaceOf, image: Buffer): IsapiCall {
  const form = emptyForm();
  form.append('FaceDataRecord', JSON.stringify({ faceLibType, FDID, FPID: employeeNo }));
  form.append('FaceImage', image, { filename: 'face.jpg', contentType: 'image/jpeg' });
  return {
    operation: 'bind face',
    method: 'POST',
    path: `${LIBRARY}/FaceDataRecord?format=json`,
    contentType: `multipart/form-data; boundary=${form.getBoundary()}`,
    body: form.getBuffer(),
    policy: 'notTwice',
    ...(signal ? { signal } : {}),
    ...(beforeSending ? { beforeSending } : {}),
  };
}
