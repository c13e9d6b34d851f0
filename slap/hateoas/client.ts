/**
 * The client side of the hateoas family (§10): what a person's services and computers are.
 */
import { z } from 'zod';
import { SlapError, slapErrorOfStatus } from '../errors.ts';
import { errorMessage } from '../html.ts';
import type { SlapResponse, SlapTransport } from '../http.ts';
import { type InstanceParameters, readInstanceXml } from '../instance-xml.ts';
import { createHttpTransport, type HttpTransportOptions, masterBase } from '../transport.ts';
import { expandTemplate, type TemplateValues } from '../uri-template.ts';
import { XmlError } from '../xml.ts';

export type ServiceSummary = { name: string; softwareUrl: string };

export type ServiceInformation = {
  name: string;
  softwareUrl: string;
  softwareType: string;
  /** As the master spells it; slapproxy says `unused` of a shared one. */
  requestedState: string;
  shared: boolean;
  parameters: InstanceParameters;
  connection: InstanceParameters;
  /** What its instances said last; null from a master that keeps no news. */
  news: readonly string[] | null;
};

export type ComputerInformation = { computerId: string; title: string };

export interface HateoasClient {
  listServices(): Promise<ServiceSummary[]>;
  /** null when there is none of that name. */
  getService(name: string): Promise<ServiceInformation | null>;
  listComputers(): Promise<ComputerInformation[]>;
  getComputer(computerId: string): Promise<ComputerInformation | null>;
}

export type HateoasClientOptions = {
  /** Root of the family, as `getHateoasUrl` or a configuration says; may have a path. */
  url: string;
  userAgent?: string;
  /** Carries requests to the host of `url`; over HTTP(S) when left out. */
  transport?: SlapTransport;
} & Pick<HttpTransportOptions, 'tls' | 'timeoutMilliseconds'>;

/**
 * Where a master has this family (§2.1); null when it does not say: slapproxy has it at `/hateoas`.
 * @throws SlapError when there is no answer.
 */
export async function findHateoasUrl(transport: SlapTransport): Promise<string | null> {
  const headers = { accept: '*/*' };
  const response = await transport({ method: 'GET', path: '/getHateoasUrl', query: '', headers, body: '' });
  const url = response.body.trim();
  return response.status === 200 && URL.canParse(url) ? url : null;
}

/** @throws TypeError when `url` is not an http or https URL. Its calls throw SlapErrors. */
export function createHateoasClient(options: HateoasClientOptions): HateoasClient {
  const root = masterBase(options.url);
  const transport = options.transport ?? createHttpTransport({ ...options, url: root.origin });
  const headers = { 'user-agent': options.userAgent ?? 'slapgrid', accept: '*/*' };
  let links: Promise<Links> | undefined;

  async function get<Schema extends z.ZodType>(url: URL, schema: Schema): Promise<z.output<Schema>> {
    // A link elsewhere would show a certificate to whoever is there.
    if (url.origin !== root.origin) {
      throw new SlapError('unreachable', `${root.host} sends its callers to ${url.host}`);
    }
    const fresh = url === root ? { ...headers, 'cache-control': 'no-cache' } : headers;
    const response = await followed(url, root, (next) =>
      transport({
        method: 'GET',
        path: next.pathname,
        query: next.search.slice(1),
        headers: fresh,
        body: '',
      }),
    );
    if (response.status < 200 || response.status >= 300) {
      const words = errorMessage(response.body) ?? `the answer has status ${response.status}`;
      throw slapErrorOfStatus(response.status, words);
    }
    return parsed(schema, response.body);
  }

  /** Asked for once (§2.1); again after a failure. */
  function linksOfRoot(): Promise<Links> {
    links ??= get(root, linksSchema).catch((error: unknown) => {
      links = undefined;
      throw error;
    });
    return links;
  }

  async function search(query: string, selected: readonly string[]): Promise<Found[]> {
    const { raw_search: link } = (await linksOfRoot())._links;
    const answer = await get(
      expanded(root, link.href, { query, select_list: selected, limit: 40 }),
      foundSchema,
    );
    return answer._embedded.contents;
  }

  async function read(relativeUrl: string): Promise<z.output<typeof formSchema>> {
    const { traverse: link } = (await linksOfRoot())._links;
    return get(expanded(root, link.href, { relative_url: relativeUrl, view: 'slaposjs_view' }), formSchema);
  }

  return {
    async listServices() {
      const found = await search(ALL_SERVICES, ['title', 'url_string']);
      return found.map(({ title, url_string: url }) => ({ name: title ?? '', softwareUrl: url ?? '' }));
    },

    async getService(name) {
      const [found] = await search(`${ALL_SERVICES} AND title:=${quoted(name)}`, ['title', 'relative_url']);
      return found === undefined ? null : serviceOf(await read(found.relative_url));
    },

    async listComputers() {
      return (await search(ALL_COMPUTERS, ['title', 'reference'])).map(computerOf);
    },

    async getComputer(computerId) {
      const query = `${ALL_COMPUTERS} AND reference:=${quoted(computerId)}`;
      const [found] = await search(query, ['title', 'reference', 'relative_url']);
      return found === undefined ? null : computerOf(found);
    },
  };
}

const ALL_SERVICES = 'portal_type:"Instance Tree" AND validation_state:validated';
const ALL_COMPUTERS = 'portal_type:"Compute Node" AND validation_state:validated';

/** @throws SlapError for a name that no query can carry. */
function quoted(name: string): string {
  if (name.includes('"')) throw new SlapError('bad-request', 'A name that is looked up has no quotes.');
  return `"${name}"`;
}

const link = z.object({ href: z.string() });
const linksSchema = z.object({ _links: z.object({ raw_search: link, traverse: link }) });
type Links = z.output<typeof linksSchema>;

const foundEntry = z.object({
  title: z.string().optional(),
  url_string: z.string().nullish(),
  reference: z.string().nullish(),
  relative_url: z.string().default(''),
});
type Found = z.output<typeof foundEntry>;
const foundSchema = z.object({ _embedded: z.object({ contents: z.array(foundEntry) }) });

const formSchema = z.object({
  _embedded: z.object({ _view: z.record(z.string(), z.unknown()) }),
  _links: z.object({ type: z.object({ name: z.string() }).optional() }).optional(),
});

function expanded(root: URL, template: string, values: TemplateValues): URL {
  try {
    return new URL(expandTemplate(template, values), root);
  } catch (error) {
    throw new SlapError('invalid-document', 'a link that is no URL', { cause: error });
  }
}

const MOST_REDIRECTIONS = 5;

/** A transport of one's own need not follow. */
async function followed(
  start: URL,
  root: URL,
  send: (url: URL) => Promise<SlapResponse>,
): Promise<SlapResponse> {
  let url = start;
  for (let hop = 0; hop <= MOST_REDIRECTIONS; hop += 1) {
    const response = await send(url);
    const location = response.headers['location'];
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    url = new URL(location, url);
    if (url.origin !== root.origin) {
      throw new SlapError('unreachable', `${root.host} sends its callers to ${url.host}`);
    }
  }
  throw new SlapError('unreachable', `${root.host} sends its callers around in circles`);
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(body));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    throw new SlapError('invalid-document', `the answer cannot be read: ${problem}`, { cause: error });
  }
}

function computerOf({ reference, title }: Found): ComputerInformation {
  return { computerId: reference ?? '', title: title ?? '' };
}

const field = z.object({ default: z.unknown() });
const texts = z.string().nullish();
const newsSchema = z.object({ instance: z.array(z.object({ text: z.string() })) });
/** As a full master shows it (§10.4). */
const connectionList = z.array(
  z.object({ connection_key: z.string(), connection_value: z.string().nullish() }),
);

function serviceOf(form: z.output<typeof formSchema>): ServiceInformation {
  const view = form._embedded._view;
  const value = (name: string): unknown => field.safeParse(view[name]).data?.default;
  const text = (name: string): string => texts.safeParse(value(name)).data ?? '';
  const news = newsSchema.safeParse(value('your_news') ?? value('my_news'));
  return {
    // A full master has a reference of its own.
    name: text('my_title') || text('my_reference'),
    softwareUrl: text('my_url_string'),
    softwareType: text('my_source_reference'),
    requestedState: text('my_slap_state'),
    shared: value('my_root_slave') === 1,
    parameters: parametersOf(text('my_text_content')),
    connection: connectionOf(value('my_connection_parameter_list')),
    news: news.success ? news.data.instance.map((item) => item.text) : null,
  };
}

function connectionOf(value: unknown): InstanceParameters {
  const list = connectionList.safeParse(value);
  if (!list.success) return parametersOf(texts.safeParse(value).data ?? '');
  return Object.fromEntries(list.data.map((pair) => [pair.connection_key, pair.connection_value ?? null]));
}

function parametersOf(document: string): InstanceParameters {
  try {
    return readInstanceXml(document);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new SlapError('invalid-document', `the answer cannot be read: ${error.message}`, { cause: error });
  }
}
