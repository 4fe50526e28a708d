import { eventually } from '../../harness/examples/system.js';
import { ExampleInTwo } from '../../harness/fleet/example-in-two.js';

describe('the example pair in two Node-REDs', function () {
  this.timeout(60_000);
  let two: ExampleInTwo;

  before(async () => {
    two = await ExampleInTwo.start('pair', 3);
    await two.ready('pair.person');
  });
  after(() => two.remove());

  /** Presses the button of an inject node, as the editor does. */
  async function press(red: 0 | 1, id: string): Promise<void> {
    await two.reds[red].fetch(`inject/${id}`, { method: 'POST' });
  }

  async function everywhere(people: string[]): Promise<void> {
    const isThere = (): boolean => [0, 1, 2].every((index) => two.peopleOn(index).join() === people.join());
    await eventually(isThere, `all have ${people.join()}`);
  }

  it('has either of them bring Alex to all terminals, and goes on when the other is killed', async () => {
    const flow = (await (await two.reds[0].fetch('flows')).json()) as { id: string; name?: string }[];
    const button = (name: string): string => flow.find((node) => node.name === name)?.id ?? '';
    await eventually(
      async () => (await two.rows('SELECT 1 FROM hikvision_fleet.terminal')).length === 3,
      'the terminals are listed',
    );
    await press(0, button('Alex may enter'));
    await everywhere(['000101 Alex -']);
    await two.reds[0].kill('SIGKILL');
    await press(1, button('Alex may not any more'));
    await everywhere([]);
  });
});
