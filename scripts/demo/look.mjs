// What is seen of a fleet from outside: in its database, and on the simulated terminals themselves.

/** What the database says, and what the terminals themselves hold. */
export class Look {
  /** @param scene one of fleet-data.mjs */
  constructor(scene, database, terminals) {
    Object.assign(this, { scene, database, terminals });
  }

  async rows(sql, values) {
    return (await this.database.query(sql, values)).rows;
  }

  /** Whether so many instances are there, and with them the tables. */
  async isReady(count) {
    const [{ is }] = await this.rows(
      "SELECT count(*) = $1 AS is FROM hikvision_fleet.instance WHERE stopped_at IS NULL AND seen_at > now() - interval '10 seconds'",
      [count],
    );
    // Tables of the example, and the last that the instances make.
    await this.rows(this.scene.wanted);
    await this.rows('SELECT FROM hikvision_fleet.status');
    const listed = this.scene.fill.length === 1 ? this.scene.terminals : 0;
    const [{ found }] = await this.rows('SELECT count(*)::int AS found FROM hikvision_fleet.terminal');
    return is && found >= listed;
  }

  /** Whether nothing is left to do now (after a takeover one more look follows later), and the terminals are as they should be. */
  async isAsWanted() {
    const [{ open }] = await this.rows(
      'SELECT count(*)::int AS open FROM hikvision_fleet.status WHERE next_at <= now() OR active_since IS NOT NULL',
    );
    return open === 0 && (await this.holdsTheRight());
  }

  /** Whether each terminal holds exactly the people whom the database wants there, with names, ends and faces. */
  async holdsTheRight() {
    const wanted = new Map(this.terminals.map((_terminal, index) => [this.scene.nameOf(index), []]));
    for (const { terminal, no, name, end } of await this.rows(this.scene.wanted)) {
      wanted.get(terminal)?.push(`${no} ${name} ${dayOf(end)}`);
    }
    return this.terminals.every((terminal, index) => {
      const persons = terminal.persons();
      const held = persons.map(
        ({ employeeNo, name, UserInfo }) => `${employeeNo} ${name} ${dayOf(UserInfo.Valid.endTime)}`,
      );
      const isFaced = persons.every(({ face }) => face !== undefined);
      return isFaced && held.sort().join() === wanted.get(this.scene.nameOf(index)).sort().join();
    });
  }

  async all() {
    const persons = this.terminals.reduce((sum, terminal) => sum + terminal.persons().length, 0);
    return `All ${this.terminals.length} terminals are as the database wants them (${persons} records with faces)`;
  }

  async whoDidWhat() {
    const rows = await this.rows(
      'SELECT instance, count(*)::int AS terminals FROM hikvision_fleet.ownership GROUP BY 1 ORDER BY 1',
    );
    return rows.map(({ instance, terminals }) => `"${instance}" (${terminals} terminals last)`).join(' and ');
  }

  /** Terminals that an instance works on now; undefined for none. */
  async workOf(instance) {
    const rows = await this.rows(
      'SELECT terminal FROM hikvision_fleet.status WHERE owner = $1 AND active_since IS NOT NULL',
      [instance],
    );
    return rows.length > 0 && rows.map(({ terminal }) => terminal);
  }

  /** Whether an instance has had each of these terminals since, or there is nothing left to do at it. */
  async hasTakenOver(instance, terminals) {
    const [{ is }] = await this.rows(
      `SELECT bool_and(o.instance = $1 OR (s.active_since IS NULL AND s.waiting = 0)) AS is
       FROM hikvision_fleet.status s JOIN hikvision_fleet.ownership o USING (serial) WHERE s.terminal = ANY ($2)`,
      [instance, terminals],
    );
    return is;
  }
}

/** Some models add a zone to the time. */
function dayOf(time) {
  return time.slice(0, 10);
}
