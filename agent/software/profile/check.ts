/**
 * What the shape of a profile cannot say: names that must exist or be unique, templates that must be safe where they stand,
 * defaults that must be allowed values. After this, rendering can fail only because of a parameter's value.
 */
import { formats } from './formats/all.ts';
import { parameterAt, sharedInstanceSchema, type ParameterSchema } from './parameter-schema.ts';
import { problemText, type ProfileProblem } from './problem.ts';
import type { Profile, SoftwareType } from './schema.ts';
import { parseTemplate, referencesOf, TemplateError, type Reference, type Template } from './template.ts';
import { isValidFor } from './validator.ts';

type Path = readonly (string | number)[];

/** Where a template stands; decides which values it may hold. */
type Site =
  | 'file'
  | 'structured-file'
  | 'program'
  | 'argument'
  | 'environment'
  | 'connection'
  | 'shared-connection';

const INSTANCE_FACTS: ReadonlySet<string> = new Set(['name', 'guid', 'partition', 'type']);
const SLAP_FACTS = new Set(['url', 'computer', 'partition', 'certificate', 'key']);
const ADDRESS_FACTS: ReadonlySet<string> = new Set(['host', 'port']);

/** Every problem of a profile that has the right shape; none when it can be used. */
export function checkProfile(profile: Profile): ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  if (!Object.hasOwn(profile.types, 'default')) {
    problems.push({ path: ['types'], words: problemText('default-type') });
  }
  for (const [name, type] of Object.entries(profile.types)) {
    problems.push(...new TypeCheck(type, ['types', name]).run());
  }
  return problems;
}

class TypeCheck {
  readonly #type: SoftwareType;
  readonly #path: Path;
  readonly #problems: ProfileProblem[] = [];

  constructor(type: SoftwareType, path: Path) {
    this.#type = type;
    this.#path = path;
  }

  run(): ProfileProblem[] {
    this.#names();
    this.#parameters(this.#type.parameters, ['parameters']);
    this.#files();
    this.#commands();
    for (const [key, template] of Object.entries(this.#type.connection)) {
      this.#template(template, 'connection', ['connection', key]);
    }
    for (const [key, template] of Object.entries(this.#type.shared.connection)) {
      this.#template(template, 'shared-connection', ['shared', 'connection', key]);
    }
    return this.#problems;
  }

  #report(path: Path, key: string, parameters: Readonly<Record<string, string>> = {}, offset?: number): void {
    this.#problems.push({
      path: [...this.#path, ...path],
      words: problemText(key, parameters),
      ...(offset === undefined ? {} : { offset }),
    });
  }

  #names(): void {
    const { setup, services, publish, promises } = this.#type;
    // A set-up step and a service share the log's name.
    const programs = [...setup.map(({ name }) => name), ...services.map(({ name }) => name)];
    this.#unique(programs, (index) =>
      index < setup.length ? ['setup', index, 'name'] : ['services', index - setup.length, 'name'],
    );
    this.#unique(
      publish.map(({ name }) => name),
      (index) => ['publish', index, 'name'],
    );
    this.#unique(
      publish.map(({ port }) => port),
      (index) => ['publish', index, 'port'],
    );
    this.#unique(
      promises.map(({ name }) => name),
      (index) => ['promises', index, 'name'],
    );
    for (const [index, promise] of promises.entries()) {
      if (promise.kind === 'command') continue;
      if (!publish.some(({ name }) => name === promise.address)) {
        this.#report(['promises', index, 'address'], 'no-address', { name: promise.address });
      }
      if (promise.kind === 'tcp' && promise.send !== undefined && promise.expect === undefined) {
        this.#report(['promises', index, 'send'], 'send-expect');
      }
    }
  }

  #unique(values: readonly (string | number)[], pathOf: (index: number) => Path): void {
    for (const [index, value] of values.entries()) {
      if (values.indexOf(value) < index) this.#report(pathOf(index), 'twice', { name: String(value) });
    }
  }

  #parameters(
    level: { properties: Readonly<Record<string, ParameterSchema>>; required: readonly string[] },
    path: Path,
  ): void {
    for (const [index, name] of level.required.entries()) {
      if (!Object.hasOwn(level.properties, name)) {
        this.#report([...path, 'required', index], 'no-parameter', { name });
      }
    }
    for (const [name, schema] of Object.entries(level.properties)) {
      const inner = [...path, 'properties', name];
      if (schema.default !== undefined && !isValidFor(schema, schema.default)) {
        this.#report([...inner, 'default'], 'default');
      }
      this.#nested(schema, inner);
    }
  }

  #nested(schema: ParameterSchema, path: Path): void {
    if (schema.type === 'object') this.#parameters(schema, path);
    if (schema.type !== 'array') return;
    // Nothing fills in an item that is not there.
    if (schema.items.default !== undefined) this.#report([...path, 'items', 'default'], 'item-default');
    this.#nested(schema.items, [...path, 'items']);
  }

  #files(): void {
    const paths = this.#type.files.map((file) => file.path);
    this.#unique(paths, (index) => ['files', index, 'path']);
    for (const [index, file] of this.#type.files.entries()) {
      if (paths.some((other) => other.startsWith(`${file.path}/`))) {
        this.#report(['files', index, 'path'], 'file-and-folder', { name: file.path });
      }
      const format = formats[file.format];
      const path = ['files', index, 'content'];
      const template = this.#template(file.content, format.structured ? 'structured-file' : 'file', path);
      if (template !== undefined) this.#attempt(path, () => format.check(template));
    }
  }

  #commands(): void {
    for (const list of ['setup', 'services', 'promises'] as const) {
      for (const [index, step] of this.#type[list].entries()) {
        if (!('command' in step)) continue;
        for (const [position, argument] of step.command.entries()) {
          const site = position === 0 ? 'program' : 'argument';
          this.#template(argument, site, [list, index, 'command', position]);
        }
        for (const [name, value] of Object.entries(step.environment)) {
          this.#template(value, 'environment', [list, index, 'environment', name]);
        }
      }
    }
  }

  #attempt<Result>(path: Path, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#report(path, error.problem, error.parameters, error.offset);
      return undefined;
    }
  }

  /** Parses a template and checks what it refers to; undefined when something is wrong with it. */
  #template(source: string, site: Site, path: Path): Template | undefined {
    const template = this.#attempt(path, () => parseTemplate(source));
    if (template === undefined) return undefined;
    const before = this.#problems.length;
    for (const reference of referencesOf(template)) {
      const key = this.#referenceProblem(reference, site);
      if (key !== undefined) this.#report(path, key, { name: reference.name }, reference.offset);
    }
    return this.#problems.length === before ? template : undefined;
  }

  #referenceProblem(reference: Reference, site: Site): string | undefined {
    const [name = '', ...rest] = reference.path;
    switch (reference.scope) {
      case 'instance':
        return rest.length === 0 && INSTANCE_FACTS.has(name) ? undefined : 'template-unknown';
      case 'address':
        return rest.length === 1 &&
          ADDRESS_FACTS.has(rest[0] ?? '') &&
          this.#type.publish.some((published) => published.name === name)
          ? undefined
          : 'template-unknown';
      case 'secret':
        if (rest.length > 0 || !Object.hasOwn(this.#type.secrets, name)) return 'template-unknown';
        return mayHoldSecret(site) ? undefined : 'template-secret';
      case 'slap':
        if (rest.length > 0 || !SLAP_FACTS.has(name)) return 'template-unknown';
        // Whoever has the URL may request in the instance's name.
        return name !== 'url' || mayHoldSecret(site) ? undefined : 'template-secret';
      case 'parameter':
        return this.#parameterProblem(reference, site);
      case 'shared':
        return site === 'shared-connection' ? this.#sharedProblem(name, rest) : 'template-unknown';
      default:
        return reference.scope satisfies never;
    }
  }

  #sharedProblem(name: string, rest: readonly string[]): string | undefined {
    const entry = sharedInstanceSchema(this.#type.parameters);
    const found = entry === undefined ? undefined : parameterAt(entry, [name]);
    if (entry === undefined || found === undefined || rest.length > 0) return 'template-unknown';
    // Nothing fills in an entry of a list.
    if (!entry.required.includes(name)) return 'template-optional';
    return found.schema.type === 'array' || found.schema.type === 'object'
      ? 'template-structured'
      : undefined;
  }

  #parameterProblem(reference: Reference, site: Site): string | undefined {
    const found = parameterAt(this.#type.parameters, reference.path);
    if (found === undefined) return 'template-unknown';
    if (!found.always) return 'template-optional';
    const { schema } = found;
    if (schema.type === 'string' && schema.writeOnly === true && !mayHoldSecret(site)) {
      return 'template-secret';
    }
    const structured = schema.type === 'array' || schema.type === 'object';
    return structured && site !== 'structured-file' ? 'template-structured' : undefined;
  }
}

/** Every user of the computer can read a command line, and programs print their environment. */
function mayHoldSecret(site: Site): boolean {
  return ['file', 'structured-file', 'connection', 'shared-connection'].includes(site);
}
