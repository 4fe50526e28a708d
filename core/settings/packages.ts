const PACKAGE = '@facecontroll/node-red-hikvision';
/** The package for several Node-REDs on one database; its node types begin with `fleet-`. */
const COMPANION = `${PACKAGE}-fleet`;

/** The package that a node type of ours comes from: its texts lie there. */
export function packageOf(type: string): string {
  return type.startsWith('fleet-') ? COMPANION : PACKAGE;
}

/** Whether a package is one of ours. */
export function isOurPackage(name: string | undefined): boolean {
  return name === PACKAGE || name === COMPANION;
}
