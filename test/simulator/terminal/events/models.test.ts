import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { EVENT_MODELS, type EventModelName } from '../../../../simulator/simulated-terminal.js';
import { element, send, sendJson, withTerminal } from '../../../harness/terminal/raw-client.js';
import { StreamListener } from '../../../harness/terminal/stream-listener.js';

const names = Object.keys(EVENT_MODELS) as EventModelName[];

describe('a model of events laid over a simulated terminal', () => {
  for (const eventModel of names) {
    it(`is ${eventModel}: every record can be read, and the stream begins`, () =>
      withTerminal({ model: 'DS-K1T343EFWX', eventModel }, async (terminal) => {
        for (let each = 0; each < 65; each += 1) terminal.events.record({ major: 5, minor: 75 });
        const numbers = new Set<number>();
        for (let position = 0; position < 65; position += 30) {
          const AcsEventCond = { searchID: 'x', searchResultPosition: position, maxResults: 30, major: 0, minor: 0 };
          const { document } = await sendJson(terminal, 'POST', '/ISAPI/AccessControl/AcsEvent', { AcsEventCond });
          const { InfoList } = document['AcsEvent'] as { InfoList: { serialNo: number }[] };
          for (const { serialNo } of InfoList) numbers.add(serialNo);
        }
        assert.equal(numbers.size, 65);
        const { text } = await send(terminal, '/ISAPI/System/deviceInfo');
        assert.equal(element(text, 'model'), eventModel);
        assert.equal(element(text, 'firmwareVersion'), EVENT_MODELS[eventModel].firmware);
        await StreamListener.open(terminal);
        assert.equal(terminal.events.streams.counts.open, 1);
      }));
  }
});
