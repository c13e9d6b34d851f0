/** What tests of sudden ends do again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Connection } from './clients.ts';
import { until, type Home } from './home.ts';
import {
  FREE,
  filesOf,
  groupsOf,
  killEverything,
  listeningPorts,
  mountsOf,
  noStrays,
  unfinished,
} from './remains.ts';

/** For tests that crash many times. */
export const MANY = { timeout: 600_000 };

/**
 * Numbers between 0 and `whole`, one in each part of it, so that every part is hit.
 * @param random gives numbers from 0 to 1.
 */
export function spread(times: number, whole: number, random: () => number): number[] {
  return Array.from({ length: times }, (_, time) => ((time + random()) / times) * whole);
}

/** Deals `moments` to `rounds` rounds, so that each round has early and late ones, not in order. */
export function dealt(moments: readonly number[], rounds: number): number[][] {
  return Array.from({ length: rounds }, (_, round) =>
    moments.filter((_moment, index) => index % rounds === round),
  );
}

/** Runs `work` and says how many milliseconds it took. */
export async function timed(work: () => unknown): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/**
 * Starts a command and kills everything some milliseconds later; then again in what the next start makes of it, and so on.
 * @param moments one for each kill.
 */
export async function killDuring(
  home: Home,
  args: readonly string[],
  moments: readonly number[],
): Promise<void> {
  for (const [time, moment] of moments.entries()) {
    if (time > 0) home.start();
    const ended = time === 0 ? started(home, args) : null;
    await delay(moment);
    await killEverything(home);
    await ended;
  }
}

/** Starts a command, kills the agent `moment` milliseconds later, and starts the next one. */
export async function killAgentDuring(home: Home, args: readonly string[], moment: number): Promise<void> {
  const ended = started(home, args);
  await delay(moment);
  await home.killAgent();
  home.start();
  await ended;
}

function started(home: Home, args: readonly string[]): Promise<unknown> {
  const command = home.spawn(args);
  return new Promise((resolve) => command.once('close', resolve));
}

export async function isKnown(home: Home, name: string): Promise<boolean> {
  return (await home.state()).partitions.some(({ instance }) => instance?.name === name);
}

export async function connectionOf(home: Home, name: string): Promise<Connection> {
  const { connection } = await home.instance(name);
  return Object.fromEntries(connection.map(({ key, value }) => [key, value]));
}

/** After a crash the instance comes back by itself if its request had been taken; else it is requested again. */
export async function comesBack(home: Home, name: string, software: string): Promise<Connection> {
  home.start();
  if (!(await isKnown(home, name))) home.request(name, software);
  await home.reaches(name, 'started');
  await noStrays(home);
  expect(await unfinished(home)).toEqual([]);
  return connectionOf(home, name);
}

/** Destroys it and sees that nothing is left. */
export async function destroy(home: Home, name: string): Promise<void> {
  const { id, address } = await home.partitionOf(name);
  await (await home.calls()).destroy.mutate({ name });
  await isFree(home, id, address);
}

/** Waits until a partition is free, and sees that it is as format made it. */
export async function isFree(home: Home, id: string, address: string): Promise<void> {
  await until(async () => (await home.state()).partitions.find((each) => each.id === id)?.instance === null);
  expect(await filesOf(home, id)).toEqual(FREE);
  expect(await listeningPorts(address)).toEqual([]);
  expect(await groupsOf(home, id)).toEqual([]);
  expect(await mountsOf(home.folder)).toEqual([]);
  await noStrays(home);
  expect(await unfinished(home)).toEqual([]);
}

/**
 * Sees that a destroy that was cut off at any moment is completed, or was never heard of.
 * @returns whether it was never heard of.
 */
export async function destroyEnds(home: Home, id: string, address: string): Promise<boolean> {
  const { partitions } = await home.state();
  const instance = partitions.find((partition) => partition.id === id)?.instance ?? null;
  if (instance?.requestedState === 'started') {
    await home.reaches(instance.name, 'started');
    return true;
  }
  await isFree(home, id, address);
  return false;
}
