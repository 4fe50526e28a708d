type Method = (...args: never[]) => unknown;

/** One method of a class that a mutant has in place of the real one. */
interface Replacement {
  name: string;
  prototype: Record<string, unknown>;
  method: string;
  /** Gives the method of the mutant; `original` is the real one. */
  make: (original: Method) => Method;
}

/** `make` gets the real method and gives what stands in its place; both are called with the object as `this`. */
export function replacing<T extends object, K extends keyof T & string>(
  owner: { readonly prototype: T; readonly name: string } | undefined,
  method: K,
  make: (original: T[K]) => T[K],
): Replacement {
  // An import whose name is gone is undefined here, since tests are not type-checked when they run.
  if (!owner) throw new Error(`a class is gone whose ${method}() a mutant replaces`);
  return {
    name: `${owner.name}.${method}`,
    prototype: owner.prototype as Record<string, unknown>,
    method,
    make: make as unknown as (original: Method) => Method,
  };
}

/**
 * Runs `work` while the program is a mutant of itself. A mutant that patches nothing proves nothing.
 * @throws Error which says what is missing: a method that a class has no more, or that nothing calls any more
 */
export async function withMutant<T>(replacements: readonly Replacement[], work: () => Promise<T>): Promise<T> {
  const gone = replacements.filter(({ prototype, method }) => !isMethod(prototype, method));
  if (gone.length > 0) throw new Error(`the mutant replaces what is gone: ${namesOf(gone)}`);
  const called = new Set<Replacement>();
  const restore = replacements.map((replacement) => {
    const { prototype, method, make } = replacement;
    const real = Object.getOwnPropertyDescriptor(prototype, method) ?? {};
    const mutated = make(real.value as Method);
    const value = function (this: unknown, ...args: never[]): unknown {
      called.add(replacement);
      return mutated.apply(this, args);
    };
    Object.defineProperty(prototype, method, { ...real, value });
    return () => Object.defineProperty(prototype, method, real);
  });
  try {
    const outcome = await work();
    const idle = replacements.filter((replacement) => !called.has(replacement));
    if (idle.length > 0) throw new Error(`the mutant replaces what nothing calls: ${namesOf(idle)}`);
    return outcome;
  } finally {
    for (const one of restore) one();
  }
}

function isMethod(prototype: Record<string, unknown>, method: string): boolean {
  return typeof Object.getOwnPropertyDescriptor(prototype, method)?.value === 'function';
}

function namesOf(replacements: readonly Replacement[]): string {
  return replacements.map(({ name }) => `${name}()`).join(', ');
}
