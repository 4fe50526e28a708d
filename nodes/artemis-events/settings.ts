import { eventTypes, ownAddress } from '../../core/settings/gateway-events.js';
import { checkbox, choice, configNode, duration, text, wholeNumber } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';

const whenAcked = { acknowledge: ['acked'] } as const;

export const settings = {
  name: text(),
  gateway: withRule(configNode('artemis-config'), { blank: { refused: 'noGateway' } }),
  address: ownAddress,
  types: eventTypes,
  pictures: checkbox(false),
  begin: choice(['now', 'kept']),
  acknowledge: choice(['sent', 'acked']),
  inFlight: withRule(wholeNumber({ usual: 20, min: 1, max: 1000 }), { when: whenAcked }),
  ackTimeout: withRule(duration({ usual: 60, min: 0.1 }), { when: whenAcked }),
  check: duration({ usual: 300, min: 1 }),
};
