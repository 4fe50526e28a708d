import assert from 'node:assert/strict';

import type { GuardHold, TerminalGuard } from '../../../core/isapi/terminal/guard.js';
import { Fleet } from '../../../fleet/core/fleet.js';
import { endChanges, guardInForce, registerFleet, type KnownFleet } from '../../../fleet/nodes/common/fleets.js';

const HOLD = { serial: 'T1' } as unknown as GuardHold;

/** A fleet-config that is deployed; its guard gives every terminal. */
function deployed(): KnownFleet {
  const guard: TerminalGuard = { acquire: () => Promise.resolve(HOLD) };
  const fleet = Object.create(Fleet.prototype, { guard: { value: guard } }) as Fleet;
  return { fleet, state: 'ready', onState: () => () => undefined };
}

describe('the guard of a fleet while its fleet-config is deployed', () => {
  const { signal } = new AbortController();

  it('lets nobody by between the old one and the new one: who wants a terminal waits for the new one', async () => {
    const leave = registerFleet('f', deployed());
    leave(false);
    const guard = guardInForce();
    assert.ok(guard);
    const waiting = guard.acquire('T1', signal);
    const leaveAgain = registerFleet('f', deployed());
    assert.equal(await waiting, HOLD);
    leaveAgain(true);
    assert.equal(guardInForce(), undefined);
  });

  it('is none any more where the fleet-config was removed, or disabled', async () => {
    registerFleet('f', deployed())(true);
    assert.equal(guardInForce(), undefined);
    registerFleet('f', deployed())(false);
    const waiting = guardInForce()?.acquire('T1', signal);
    endChanges();
    assert.equal(guardInForce(), undefined);
    await assert.rejects(waiting ?? Promise.resolve(), { code: 'NOT_OWNER' });
  });

  it('is given up with the signal', async () => {
    const leave = registerFleet('f', deployed());
    leave(false);
    const given = new AbortController();
    const waiting = guardInForce()?.acquire('T1', given.signal);
    given.abort(new Error('enough'));
    await assert.rejects(waiting ?? Promise.resolve(), /enough/);
    endChanges();
  });
});
