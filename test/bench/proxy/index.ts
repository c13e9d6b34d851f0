/**
 * The local master over real HTTP: calls a second and how long one takes, beside another SLAP server with the same content when there is
 * one (`--peer URL`), and whether its memory grows.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_ARGUMENTS } from '../../../agent/setup/agent-process.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { FORM_TYPE } from '../../../slap/http.ts';
import type { InstanceRequest, SlapMaster } from '../../../slap/master.ts';
import { createHttpTransport } from '../../../slap/transport.ts';
import { percentile, type Row, type Table } from '../measure.ts';
import { bytesOf, Caller, type Call } from './caller.ts';

const COMPUTERS = [
  { computerId: 'bench-10', busy: 10 },
  { computerId: 'bench-100', busy: 100 },
] as const;
const SOFTWARE = 'http://example.invalid/software.cfg';

/** Turns of each server, and how long each takes. */
const TURNS = 5;
const TURN_SECONDS = 1;
const REST_MILLISECONDS = 100;
const MEMORY_CALLS = 100_000;
const MEMORY_SAMPLES = 5;

/** Where the calls of each scope go; another server may have one URL for all. */
type Addresses = { person: string; computers: readonly string[] };

export async function proxy(options: { peer?: string } = {}): Promise<Table> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-bench-proxy-'));
  const server = fork(
    path.join(import.meta.dirname, 'server.ts'),
    [folder, ...COMPUTERS.map(({ computerId }) => computerId)],
    { execArgv: ['--expose-gc', ...NODE_ARGUMENTS], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  try {
    const [ours] = (await once(server, 'message')) as [Addresses];
    const { peer } = options;
    const theirs = peer === undefined ? null : { person: peer, computers: COMPUTERS.map(() => peer) };
    for (const addresses of [ours, ...(theirs === null ? [] : [theirs])]) await occupy(addresses);
    const rows: Row[] = [];
    for (const reuse of [true, false]) {
      for (const [index, what] of WHATS.entries()) {
        const us = callsTo(ours)[index];
        const them = theirs === null ? undefined : callsTo(theirs)[index];
        if (us === undefined) continue;
        for (const concurrency of [1, 8]) {
          const name = `${what}, ${concurrency} at a time${reuse ? '' : ', a connection for each'}`;
          rows.push(...(await compared(name, concurrency, reuse, us, them)));
        }
      }
    }
    return {
      title: 'proxy: calls of the local master',
      rows: [...rows, ...(await least()), ...(await memory(server, callsTo(ours)))],
      notes: [
        `Each row: ${TURNS} turns of ${TURN_SECONDS} s${theirs === null ? '' : ', in alternation with the other server'}; the client is one Node on the same computer.`,
        'The least: a process that reads nothing and answers always the same. One call at a time, most of that is waking the other process on another processor; `taskset -c 0` puts all on one (the other server too).',
        'A connection is used again when the server leaves it open; “a connection for each” is how SLAP clients call.',
        `Memory: of the server's process after a collection, ${MEMORY_SAMPLES} times in ${MEMORY_CALLS.toLocaleString('en')} calls of all kinds.`,
      ],
    };
  } finally {
    server.kill();
    await rm(folder, { recursive: true });
  }
}

/** The same computers, software and instances on both servers. */
async function occupy(addresses: Addresses): Promise<void> {
  const client = (url: string): SlapMaster =>
    createClassicClient({ transport: createHttpTransport({ url }) });
  const person = client(addresses.person);
  for (const [place, { computerId, busy }] of COMPUTERS.entries()) {
    const partitions = Array.from({ length: 100 }, (_, index) => ({
      reference: `slappart${index}`,
      interfaceName: 'lo',
      addresses: [{ address: `127.64.${place}.${index + 1}`, netmask: '255.255.255.255' }],
    }));
    await client(addresses.computers[place] ?? '').loadComputerConfiguration({
      reference: computerId,
      address: '127.0.0.1',
      netmask: '255.255.255.255',
      partitions,
    });
    await person.supply(SOFTWARE, computerId, 'available');
    for (let index = 0; index < busy; index += 1) {
      const { partitionId } = await person.requestComputerPartition(requestOf(computerId, index));
      await client(addresses.computers[place] ?? '').setConnectionParameters(
        { computerId, partitionId },
        { url: `redis://:secret@127.64.${place}.${index + 1}:6379/`, password: 'a & b < c' },
        null,
      );
    }
  }
}

function requestOf(computerId: string, index: number): InstanceRequest {
  return {
    softwareUrl: SOFTWARE,
    softwareType: 'default',
    name: `${computerId}-${index}`,
    state: 'started',
    parameters: { memory: '128', title: 'a cache', policy: 'allkeys-lru' },
    filter: { computer_guid: computerId },
    shared: false,
    requester: null,
  };
}

const WHATS = [
  'full information, 10 busy of 100',
  'full information, 100 busy of 100',
  'the same request again',
  'JSON-RPC: get an instance',
  'registerComputerPartition',
];

/** In the order of {@link WHATS}. */
function callsTo({ person, computers }: Addresses): Call[] {
  const get = (base: string | undefined, name: string, query: Record<string, string>): Call => ({
    url: new URL(`${base}/${name}?${new URLSearchParams(query).toString()}`),
    method: 'GET',
    contentType: '',
    body: '',
  });
  const [ten, hundred] = COMPUTERS.map(({ computerId }) => computerId);
  const xml = (value: string): string => `<marshal>${value}</marshal>`;
  const texts = (dictionary: Record<string, string>): string => {
    const items = Object.entries(dictionary).map((pair) =>
      pair.map((each) => `<string>${each}</string>`).join(''),
    );
    return xml(`<dictionary id="i2">${items.join('')}</dictionary>`);
  };
  const again = new URLSearchParams({
    software_release: SOFTWARE,
    software_type: 'default',
    partition_reference: `${hundred}-50`,
    partition_parameter_xml: texts({ memory: '128', policy: 'allkeys-lru', title: 'a cache' }),
    filter_xml: texts({ computer_guid: hundred ?? '' }),
    state: xml('<string>started</string>'),
    shared_xml: xml('<bool>0</bool>'),
  });
  return [
    get(computers[0], 'getFullComputerInformation', { computer_id: ten ?? '' }),
    get(computers[1], 'getFullComputerInformation', { computer_id: hundred ?? '' }),
    {
      url: new URL(`${person}/requestComputerPartition`),
      method: 'POST',
      contentType: FORM_TYPE,
      body: again.toString(),
    },
    {
      url: new URL(`${person}/slapos.get.v0.software_instance`),
      method: 'POST',
      contentType: 'application/json',
      body: JSON.stringify({ instance_guid: `${hundred}-50______0` }),
    },
    get(person, 'registerComputerPartition', {
      computer_reference: hundred ?? '',
      computer_partition_reference: 'slappart50',
    }),
  ];
}

type Turn = { rate: number; milliseconds: number[] };

async function turn(call: Call, concurrency: number, reuse: boolean): Promise<Turn> {
  const bytes = bytesOf(call, reuse);
  const milliseconds: number[] = [];
  const began = performance.now();
  const deadline = began + TURN_SECONDS * 1000;
  const workers = Array.from({ length: concurrency }, async () => {
    const caller = new Caller(reuse);
    for (let now = performance.now(); now < deadline;) {
      await caller.call(bytes, call);
      const after = performance.now();
      milliseconds.push(after - now);
      now = after;
    }
    caller.close();
  });
  await Promise.all(workers);
  return { rate: milliseconds.length / ((performance.now() - began) / 1000), milliseconds };
}

async function compared(
  what: string,
  concurrency: number,
  reuse: boolean,
  ours: Call,
  theirs: Call | undefined,
): Promise<Row[]> {
  const us: Turn[] = [];
  const them: Turn[] = [];
  // The first turn warms up.
  for (let count = 0; count <= TURNS; count += 1) {
    us.push(await turn(ours, concurrency, reuse));
    if (theirs !== undefined) them.push(await turn(theirs, concurrency, reuse));
    await delay(REST_MILLISECONDS);
  }
  const row = (name: string, unit: Row['unit'], value: (turn: Turn) => number): Row => ({
    what: `${what}: ${name}`,
    unit,
    samples: us.slice(1).map(value),
    baseline: theirs === undefined ? null : { what: 'the other', samples: them.slice(1).map(value) },
  });
  return [
    row('rate', '/s', ({ rate }) => rate),
    row('p50', 'ms', ({ milliseconds }) => percentile(milliseconds, 0.5)),
    row('p99', 'ms', ({ milliseconds }) => percentile(milliseconds, 0.99)),
  ];
}

/** What no server can do without: the way there and back. */
async function least(): Promise<Row[]> {
  const echo = fork(path.join(import.meta.dirname, 'echo.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [port] = (await once(echo, 'message')) as [number];
    const call: Call = {
      url: new URL(`http://127.0.0.1:${port}/`),
      method: 'GET',
      contentType: '',
      body: '',
    };
    const rows: Row[] = [];
    for (const concurrency of [1, 8])
      rows.push(
        ...(await compared(`the least, ${concurrency} at a time`, concurrency, true, call, undefined)),
      );
    return rows;
  } finally {
    echo.kill();
  }
}

async function memory(server: ChildProcess, calls: readonly Call[]): Promise<Row[]> {
  const samples: { resident: number; heap: number }[] = [];
  const callers = Array.from({ length: 8 }, () => new Caller(true));
  const sample = async (): Promise<void> => {
    server.send('memory');
    const [taken] = (await once(server, 'message')) as [{ resident: number; heap: number }];
    samples.push(taken);
  };
  const each = MEMORY_CALLS / (MEMORY_SAMPLES - 1) / callers.length;
  await sample();
  for (let count = 1; count < MEMORY_SAMPLES; count += 1) {
    await Promise.all(
      callers.map(async (caller) => {
        for (let index = 0; index < each; index += 1) {
          // The big answers would take most of the time and show nothing else.
          const call = calls[index % 50 === 0 ? 1 : 2 + (index % 3)];
          if (call !== undefined) await caller.call(bytesOf(call, true), call);
        }
      }),
    );
    await sample();
  }
  for (const caller of callers) caller.close();
  const row = (what: string, value: (sample: { resident: number; heap: number }) => number): Row => ({
    what,
    unit: 'MB',
    samples: samples.slice(-1).map(value),
    baseline: { what: 'before', samples: samples.slice(0, 1).map(value) },
  });
  return [
    row('memory after 100,000 calls: objects', ({ heap }) => heap),
    row('memory after 100,000 calls: the process', ({ resident }) => resident),
    ...samples.map(({ heap }, index): Row => ({
      what: `objects after ${((index * MEMORY_CALLS) / (MEMORY_SAMPLES - 1)).toLocaleString('en')} calls`,
      unit: 'MB',
      samples: [heap],
      baseline: null,
    })),
  ];
}
