/* global require, Buffer */
// Faces are added, and "already there" is taken as success, as several programs in the field do: the old face stays.
const { load, replace, isNodeRed } = require('./mutate.js');

if (isNodeRed) {
  const FormData = require('form-data');
  const operations = load('dist/core/isapi/operations/face.js');
  replace(operations, 'bindFace', (real) => async (terminal, options) => {
    const { employeeNo, face, faceLibType, FDID, signal } = options;
    if (!Buffer.isBuffer(face)) return real(terminal, options);
    const form = new FormData();
    form.append('FaceDataRecord', JSON.stringify({ faceLibType, FDID, FPID: employeeNo }));
    form.append('FaceImage', face, { filename: 'face.jpg', contentType: 'image/jpeg' });
    const contentType = `multipart/form-data; boundary=${form.getBoundary()}`;
    const path = '/ISAPI/Intelligent/FDLib/FaceDataRecord?format=json';
    const call = {
      operation: 'bind face',
      method: 'POST',
      path,
      contentType,
      body: form.getBuffer(),
      policy: 'notTwice',
    };
    await terminal.call({ ...call, ...(signal ? { signal } : {}) }).catch((error) => {
      if (!/AlreadyExistFace/i.test(error.code)) throw error;
    });
    return { employeeNo, FDID, faceLibType, verified: false, terminal: terminal.settings.name };
  });
}
