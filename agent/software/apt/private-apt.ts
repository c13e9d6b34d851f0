/**
 * The distribution's package manager with a state of its own: nothing of the host is used but its programs, its distribution's
 * keys, and the way to its archives. Lists are verified by apt against those keys; what they say is then believed.
 */
import path from 'node:path';
import { z } from 'zod';
import { SlapgridError } from '../../errors.ts';
import { readPlainFile, type Outcome, type SoftwareUser } from '../trees/software-user.ts';
import { BASE_PACKAGES, stubStatus } from './pruning.ts';
import { parseClosure, type ClosurePackage } from './closure.ts';
import { failedSources, fetchFailure, resolveFailure } from './failures.ts';
import {
  formatCredentials,
  readHostCredentials,
  readHostSources,
  readReachSettings,
} from './host-configuration.ts';
import { nearest } from './near-names.ts';
import { formatSources, mirrorSources, ownSources, type Source } from './sources.ts';
import { readSystem, type System, type SystemFiles } from './system.ts';

export type PrivateAptOptions = {
  folder: string;
  user: SoftwareUser;
  clock: { now(): number };
  /** Milliseconds for which lists are fresh. */
  freshFor: number;
  hostSources: string;
  mirror: string | undefined;
  system: SystemFiles;
};

const ORIGINS: Record<System['distribution'], string> = { debian: 'Debian', ubuntu: 'Ubuntu' };

/** When the lists were fetched, and from what; they are fetched again when either changed. */
const updatedSchema = z.object({ at: z.number(), sources: z.string() });

/** The folders apt wants to find; all private, credentials among their files. */
const FOLDERS = [
  '',
  'etc',
  'etc/apt.conf.d',
  'etc/auth.conf.d',
  'etc/preferences.d',
  'etc/trusted.gpg.d',
  'lists',
  'lists/partial',
  'cache',
  'cache/archives',
  'cache/archives/partial',
  'log',
  'no-archives',
  'no-archives/partial',
  'tmp',
];

type Ready = { system: System; architecture: string; sources: readonly Source[] };

export class PrivateApt {
  readonly #options: PrivateAptOptions;
  #ready: Ready | undefined;

  constructor(options: PrivateAptOptions) {
    this.#options = options;
  }

  /** Where finished downloads are. */
  get archives(): string {
    return this.#path('cache/archives');
  }

  /** The solver's cache: 45 MB that a second of work makes again. */
  get cacheFiles(): string[] {
    return ['cache/pkgcache.bin', 'cache/srcpkgcache.bin'].map((name) => this.#path(name));
  }

  /** What every program of apt is started with. */
  get environment(): Record<string, string> {
    return {
      APT_CONFIG: this.#path('apt.conf'),
      HOME: this.#options.folder,
      TMPDIR: this.#path('tmp'),
    };
  }

  /**
   * Looks at the host anew and writes apt's configuration.
   * @throws SlapgridError `unsupported-system`, `no-mirror`
   */
  async configure(signal: AbortSignal): Promise<void> {
    const { user, hostSources, mirror } = this.#options;
    const system = await readSystem(this.#options.system);
    const architecture = (await user.runWell(['dpkg', '--print-architecture'], { signal })).trim();
    await user.remove(this.#path('tmp'));
    await user.makeFolders('700', ...FOLDERS.map((name) => this.#path(name)));
    const { sources, credentials } =
      mirror === undefined
        ? ownSources(await readHostSources(hostSources), system, architecture)
        : mirrorSources(mirror, system);
    if (!sources.some((source) => source.suite === system.release))
      throw new SlapgridError('no-mirror', { release: system.release });
    await this.#write('host.conf', `Dir::Etc "${hostSources}";\n`);
    const proxies = await readReachSettings(user, this.#path('host.conf'));
    const hostCredentials = await readHostCredentials(hostSources, sources);
    await this.#write('etc/auth.conf', formatCredentials([...hostCredentials, ...credentials]));
    await this.#write('apt.conf', this.#configuration(architecture, proxies));
    this.#ready = { system, architecture, sources };
  }

  /**
   * Fetches the lists unless they are fresh.
   * @returns whether it did.
   * @throws SlapgridError `no-network`, `captive-portal`, `not-signed`, `mirror-out-of-date`, …
   */
  async update(signal: AbortSignal, options: { evenIfFresh: boolean }): Promise<boolean> {
    const { clock, freshFor } = this.#options;
    const { sources } = this.#configured();
    const wanted = JSON.stringify(sources);
    const updated = parseUpdated(await readPlainFile(this.#path('updated.json')));
    const age = clock.now() - (updated?.at ?? 0);
    const fresh = updated?.sources === wanted && age >= 0 && age < freshFor;
    if (fresh && !options.evenIfFresh) return false;
    await this.#updateFrom(sources, signal);
    await this.#write('updated.json', JSON.stringify({ at: clock.now(), sources: wanted }));
    return true;
  }

  /**
   * Everything that must be installed for `names` beside what every tree has, in order of installation.
   * @throws SlapgridError `unknown-package`, `unmet-dependencies`
   */
  async resolve(names: readonly string[], signal: AbortSignal): Promise<ClosurePackage[]> {
    const { architecture } = this.#configured();
    const asked = [...new Set([...BASE_PACKAGES, ...names])];
    await this.#write('status', stubStatus(asked, architecture));
    // Packages that are downloaded already are not printed, so there must seem to be none.
    const options = [
      '-o',
      'Acquire::ForceHash=SHA256',
      '-o',
      `Dir::Cache::archives=${this.#path('no-archives')}/`,
    ];
    const { code, output, errors } = await this.#run(
      ['apt-get', 'install', '--yes', '--print-uris', ...options, '--', ...asked],
      signal,
    );
    if (code !== 0) throw resolveFailure(`${output}\n${errors}`);
    const closure = parseClosure(output);
    // apt takes a name it does not know for a pattern, and then installs what matches.
    const missing = asked.find((name) => !closure.some((one) => one.name === name));
    if (missing !== undefined) throw new SlapgridError('unknown-package', { name: missing, near: 'none' });
    return closure;
  }

  /** Bytes the packages take when unpacked, as they say themselves. */
  async installedBytes(closure: readonly ClosurePackage[], signal: AbortSignal): Promise<number> {
    if (closure.length === 0) return 0;
    const wanted = closure.map(({ name, version }) => `${name}=${version}`);
    const { output } = await this.#run(['apt-cache', 'show', '--no-all-versions', '--', ...wanted], signal);
    const sizes = [...output.matchAll(/^Installed-Size: (\d+)$/gm)];
    return sizes.reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1024, 0);
  }

  /** Up to three names that exist and are close to `name`. */
  async nearNames(name: string, signal: AbortSignal): Promise<string[]> {
    const { output } = await this.#run(['apt-cache', 'pkgnames'], signal);
    return nearest(name, output.split('\n'));
  }

  /** Runs a program of apt on the private state. */
  #run(command: readonly string[], signal: AbortSignal): Promise<Outcome> {
    return this.#options.user.run(command, { environment: this.environment, signal });
  }

  /**
   * Updates, and again without those sources that turn out not to be the distribution's: a host's file names archives of others
   * under the same words (`stable main`), and only their signatures tell.
   */
  async #updateFrom(candidates: readonly Source[], signal: AbortSignal): Promise<void> {
    const { system, architecture } = this.#configured();
    let sources = candidates;
    for (;;) {
      await this.#write('etc/sources.list', formatSources(sources, system, architecture));
      const { code, errors } = await this.#run(
        ['apt-get', 'update', '--quiet', '-o', 'APT::Update::Error-Mode=any'],
        signal,
      );
      const failed =
        code === 0 ? await this.#foreignSources(sources, signal) : failedSources(errors, sources);
      if (code === 0 && failed.length === 0) return;
      const left = sources.filter((source) => !failed.includes(source));
      const enough = left.some((source) => source.suite === system.release);
      if (failed.length === 0 || !enough || failed.some((source) => source.required))
        throw code === 0
          ? new SlapgridError('not-signed', { source: failed[0]?.uri ?? '', detail: '' })
          : fetchFailure(errors);
      sources = left;
    }
  }

  /** Sources whose signed release file names another origin or release than this system's. */
  async #foreignSources(sources: readonly Source[], signal: AbortSignal): Promise<Source[]> {
    const { system } = this.#configured();
    const format = '$(REPO_URI)|$(RELEASE)|$(ORIGIN)|$(CODENAME)|$(TRUSTED)';
    const { output } = await this.#run(['apt-get', 'indextargets', '--format', format], signal);
    const verified = new Set(output.split('\n'));
    // Ubuntu has one code name for all its pockets, Debian one for each.
    return sources.filter(({ uri, suite }) =>
      [suite, system.release].every(
        (codename) => !verified.has(`${uri}|${suite}|${ORIGINS[system.distribution]}|${codename}|yes`),
      ),
    );
  }

  #configuration(architecture: string, proxies: readonly string[]): string {
    const { folder } = this.#options;
    return [
      `Dir::Etc "${this.#path('etc')}";`,
      'Dir::Etc::main "none";',
      'Dir::Etc::sourceparts "none";',
      `Dir::State "${folder}";`,
      `Dir::State::lists "${this.#path('lists')}";`,
      `Dir::State::status "${this.#path('status')}";`,
      `Dir::Cache "${this.#path('cache')}";`,
      'Dir::Cache::srcpkgcache "";',
      `Dir::Log "${this.#path('log')}";`,
      `APT::Architecture "${architecture}";`,
      `APT::Architectures { "${architecture}"; };`,
      'APT::Install-Recommends "false";',
      'APT::Install-Suggests "false";',
      'APT::Get::AllowUnauthenticated "false";',
      // The user who runs this is the one apt would change to.
      'APT::Sandbox::User "";',
      'Acquire::AllowInsecureRepositories "false";',
      'Acquire::AllowWeakRepositories "false";',
      'Acquire::AllowDowngradeToInsecureRepositories "false";',
      // That a release becomes “oldstable” is no reason to stop; origin and code name are checked here.
      'Acquire::AllowReleaseInfoChange "true";',
      'Acquire::Languages "none";',
      'Acquire::PDiffs "false";',
      'Acquire::GzipIndexes "true";',
      'Acquire::Retries "2";',
      'Acquire::http::Timeout "20";',
      'Acquire::https::Timeout "20";',
      ...proxies,
      '',
    ].join('\n');
  }

  #configured(): Ready {
    if (this.#ready === undefined) throw new Error('configure() comes first');
    return this.#ready;
  }

  /** Writes a private file unless it is so already: apt's caches follow the files' dates. */
  async #write(name: string, content: string): Promise<void> {
    const file = this.#path(name);
    if ((await readPlainFile(file)) !== content) await this.#options.user.writeFile(file, content, '600');
  }

  #path(name: string): string {
    return path.join(this.#options.folder, name);
  }
}

function parseUpdated(text: string | undefined): z.infer<typeof updatedSchema> | undefined {
  if (text === undefined) return undefined;
  try {
    return updatedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
