/**
 * From a profile and the facts of one instance to files, commands and connection parameters.
 */
import { SlapgridError } from '../../errors.ts';
import { text } from '../../messages.ts';
import type {
  ProfileRenderer,
  PublishedPort,
  RenderContext,
  RenderedInstance,
  RenderedPromise,
} from '../types.ts';
import { formats } from './formats/all.ts';
import { joinTemplate, scalarText, UnfitValueError } from './formats/format.ts';
import { parameterAt } from './parameter-schema.ts';
import { badParameter, parameterLabel, readParameters } from './parameters.ts';
import type { Profile, SoftwareType } from './schema.ts';
import { completeSecrets } from './secrets.ts';
import { parseTemplate, referencesOf, type Reference } from './template.ts';

export function createProfileRenderer(): ProfileRenderer {
  return {
    typeOf,
    parameters: (type, given) => readParameters(type.parameters, given),
    secrets: completeSecrets,
    publishedPorts: (type): PublishedPort[] => type.publish.map(({ name, port }) => ({ name, port })),
    asksMaster: (type) => ASKS_MASTER.test(JSON.stringify(type)),
    render: (type, context) => new Rendering(type, context).instance(),
  };
}

/** `RootSoftwareInstance`, and no name at all, mean `default` (SLAP §13.4). */
function typeOf(profile: Profile, softwareType: string): SoftwareType {
  const name = softwareType === '' || softwareType === 'RootSoftwareInstance' ? 'default' : softwareType;
  const type = Object.hasOwn(profile.types, name) ? profile.types[name] : undefined;
  if (type === undefined) {
    throw new SlapgridError('unknown-software-type', {
      type: name,
      title: profile.title,
      known: Object.keys(profile.types).join(', '),
    });
  }
  return type;
}

/** A lookup of the scope `slap`, wherever it stands. */
const ASKS_MASTER = /\{\{\s*slap\./u;

/** The beginning of a URL: what a lookup adds to it is percent-encoded. */
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//u;

class Rendering {
  readonly #type: SoftwareType;
  readonly #context: RenderContext;
  /** The shared instance that it is for. */
  readonly #shared: Readonly<Record<string, unknown>>;

  constructor(type: SoftwareType, context: RenderContext, shared: Readonly<Record<string, unknown>> = {}) {
    this.#type = type;
    this.#context = context;
    this.#shared = shared;
  }

  instance(): RenderedInstance {
    const type = this.#type;
    return {
      files: type.files.map(({ path, content, executable, format }) => ({
        path,
        executable,
        content: this.#fitting(() =>
          formats[format].render(parseTemplate(content), (reference) => this.#valueOf(reference)),
        ),
      })),
      setup: type.setup.map(({ name, command, environment, unless, timeout }) => ({
        name,
        ...this.#program(command, environment),
        unless: unless ?? null,
        timeoutSeconds: timeout,
      })),
      services: type.services.map(({ name, command, environment, stop }) => ({
        name,
        ...this.#program(command, environment),
        stop: { signal: stop.signal, timeoutSeconds: stop.timeout },
      })),
      promises: type.promises.map((promise) => ({
        name: promise.name,
        periodSeconds: promise.period,
        timeoutSeconds: promise.timeout,
        check: this.#check(promise),
      })),
      connection: this.connections(type.connection),
      shared: this.#sharedConnections(),
      secretConnectionKeys: Object.entries(type.connection)
        .filter(([, source]) => referencesOf(parseTemplate(source)).some((found) => this.#isSecret(found)))
        .map(([key]) => key),
    };
  }

  connections(sources: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(sources).map(([key, source]) => [key, this.#connection(source)]),
    );
  }

  #sharedConnections(): RenderedInstance['shared'] {
    const { connection } = this.#type.shared;
    if (Object.keys(connection).length === 0) return [];
    return (this.#context.shared ?? []).map(({ reference, values }) => ({
      reference,
      connection: new Rendering(this.#type, this.#context, values).connections(connection),
    }));
  }

  #check(promise: SoftwareType['promises'][number]): RenderedPromise['check'] {
    switch (promise.kind) {
      case 'tcp':
        return {
          kind: 'tcp',
          address: this.#door(promise.address),
          exchange:
            promise.expect === undefined ? null : { send: promise.send ?? '', expect: promise.expect },
        };
      case 'http':
        return {
          kind: 'http',
          address: this.#door(promise.address),
          path: promise.path,
          status: promise.status,
        };
      case 'command':
        return { kind: 'command', ...this.#program(promise.command, promise.environment) };
      default:
        return promise satisfies never;
    }
  }

  #program(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): { command: string[]; environment: Record<string, string> } {
    return {
      command: command.map((argument) => this.#argument(argument)),
      environment: Object.fromEntries(
        Object.entries(environment).map(([name, source]) => [name, this.#plain(source)]),
      ),
    };
  }

  /** Exactly one argument. A value that begins it cannot become an option. */
  #argument(source: string): string {
    const [first] = parseTemplate(source);
    const argument = this.#plain(source);
    if (first === undefined || typeof first === 'string') return argument;
    return this.#fitting(() => {
      const isOption = typeof this.#valueOf(first) === 'string' && argument.startsWith('-');
      if (isOption) throw new UnfitValueError(first, 'option');
      return argument;
    });
  }

  #plain(source: string): string {
    return this.#fitting(() =>
      joinTemplate(parseTemplate(source), (reference) => scalarText(this.#valueOf(reference), reference)),
    );
  }

  #connection(source: string): string {
    if (!URL_START.test(source)) return this.#plain(source);
    return this.#fitting(() =>
      joinTemplate(parseTemplate(source), (reference) => {
        const value = scalarText(this.#valueOf(reference), reference);
        return reference.scope === 'address' ? value : encodeURIComponent(value);
      }),
    );
  }

  #door(name: string): string {
    const { host, port } = this.#address(name);
    return `${host}:${port}`;
  }

  #address(name: string): { host: string; port: number } {
    const address = this.#context.address[name];
    if (address === undefined) throw new TypeError(`no address was given for ${name}`);
    return address;
  }

  #valueOf(reference: Reference): unknown {
    const { scope, path } = reference;
    const [name = '', fact] = path;
    switch (scope) {
      case 'parameter':
        return path.reduce<unknown>(member, this.#context.parameter);
      case 'secret':
        return member(this.#context.secret, name);
      case 'address':
        return member(this.#address(name), fact ?? '');
      case 'instance':
        return member(this.#context.instance, name);
      case 'slap':
        if (this.#context.slap === undefined) throw new SlapgridError('no-master-inside');
        return member(this.#context.slap, name);
      case 'shared':
        return member(this.#shared, name);
      default:
        return scope satisfies never;
    }
  }

  #isSecret({ scope, path }: Reference): boolean {
    if (scope === 'secret' || (scope === 'slap' && path[0] === 'url')) return true;
    const schema = scope === 'parameter' ? parameterAt(this.#type.parameters, path)?.schema : undefined;
    return schema?.type === 'string' && schema.writeOnly === true;
  }

  /** Runs `work`; a value that does not fit where it must go is the parameter's fault. */
  #fitting(work: () => string): string {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UnfitValueError)) throw error;
      const { scope, path, name } = error.reference;
      const label =
        scope === 'parameter' ? parameterLabel(this.#type.parameters, path) : text('software.fact', { name });
      throw badParameter(path.join('.'), label, error.rule, error.parameters);
    }
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
