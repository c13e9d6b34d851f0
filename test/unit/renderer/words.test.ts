import { describe, expect, it } from 'vitest';
import { bytesOfText, bytesText, durationText } from '../../../renderer/words/amounts.ts';
import {
  addressOf,
  isComing,
  isNameTyped,
  nextStartText,
  stateText,
  toneOf,
} from '../../../renderer/words/instance.ts';
import { headlineOf } from '../../../renderer/words/sentence.ts';
import { linkTo, routeOf, type Route } from '../../../renderer/state/route.ts';
import { readyInstance, StandInAgentService } from '../../fakes/agent-service.ts';

const plain = (words: string): string => words.replaceAll('\u00a0', ' ');

describe('amounts', () => {
  it.each([
    [0, '0 MB'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [19_900_000, '20 MB'],
    [4_210_000, '4.2 MB'],
    [123_456_789_012, '123 GB'],
  ])('%i bytes are %s', (bytes, words) => {
    expect(plain(bytesText(bytes))).toBe(words);
  });

  it('of two are in the unit of the whole', () => {
    expect(plain(bytesOfText(800_000, 20_000_000))).toBe('0.8 of 20 MB');
  });

  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [720, '12 min'],
    [4800, '1 h 20 min'],
    [7200, '2 h'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(plain(durationText(seconds))).toBe(words);
  });
});

describe('the sentence', () => {
  const sentence = (...instances: ReturnType<typeof readyInstance>[]): string => {
    const service = new StandInAgentService();
    for (const [index, instance] of instances.entries()) service.show(index, instance);
    return headlineOf(service.state()).sentence;
  };
  const coming = readyInstance({ name: 'new', state: 'installing', connection: [] });
  const failed = readyInstance({ name: 'bad', state: 'failed' });
  const stopped = readyInstance({ state: 'stopped' });

  it('says the worst first', () => {
    expect(sentence()).toBe('Nothing is running yet.');
    expect(sentence(stopped)).toBe('Nothing is running.');
    expect(sentence(readyInstance(), stopped)).toBe('Running 1 service, only for you.');
    expect(sentence(readyInstance(), readyInstance())).toBe('Running 2 services, only for you.');
    expect(sentence(readyInstance(), coming)).toBe('Getting “new” ready.');
    expect(sentence(coming, failed)).toBe('“bad” needs you.');
    expect(sentence(failed, failed)).toBe('2 services need you.');
  });
});

describe('an instance', () => {
  it('is on its way until it was ready once', () => {
    expect(isComing(readyInstance({ state: 'starting', connection: [] }))).toBe(true);
    expect(isComing(readyInstance({ state: 'starting' }))).toBe(false);
  });

  it('says when it is started again', () => {
    const [service] = readyInstance().services;
    if (service === undefined) throw new Error('no service');
    const services = [{ ...service, nextStartAt: '2026-11-22T14:00:08Z' }];
    const restarting = readyInstance({ state: 'restarting', services });
    expect(nextStartText(restarting)).toMatch(/:08/u);
    expect(stateText(restarting)).toBe('Restarting');
    expect(toneOf(restarting)).toBe('paused');
  });

  it('says the first of several starts, and none that it does not know', () => {
    const [service] = readyInstance().services;
    if (service === undefined) throw new Error('no service');
    const at = (nextStartAt: string | null) => ({ ...service, nextStartAt });
    const restarting = (...starts: (string | null)[]) =>
      nextStartText(readyInstance({ state: 'restarting', services: starts.map(at) }));
    expect(restarting('2026-11-22T14:00:50Z', null, '2026-11-22T14:00:08Z')).toMatch(/:08/u);
    expect(restarting(null)).toBeNull();
    expect(restarting('soon')).toBeNull();
    expect(nextStartText(readyInstance({ services: [at('2026-11-22T14:00:08Z')] }))).toBeNull();
  });

  it('is called by its name, whatever hides in it', () => {
    expect(isNameTyped(' my  db', 'my db ')).toBe(true);
    expect(isNameTyped('abc', 'a\u202eb\u200bc')).toBe(true);
    expect(isNameTyped('e\u0301', '\u00e9')).toBe(true);
    expect(isNameTyped('Cache', 'cache')).toBe(false);
    expect(isNameTyped('', 'cache')).toBe(false);
  });

  it('is reached at its URL, or at its host and port when the URL has a secret in it', () => {
    const password = { key: 'password', value: 'x', secret: true };
    const host = { key: 'host', value: '127.64.0.1', secret: false };
    const port = { key: 'port', value: '6379', secret: false };
    const url = { key: 'url', value: 'redis://:x@127.64.0.1:6379/', secret: false };
    expect(addressOf(readyInstance({ connection: [password, host, port, url] }))).toBe(url.value);
    const secretUrl = { ...url, secret: true };
    expect(addressOf(readyInstance({ connection: [secretUrl, port, host] }))).toBe('127.64.0.1:6379');
    expect(addressOf(readyInstance({ connection: [password, host] }))).toBe(host.value);
    expect(addressOf(readyInstance({ connection: [password] }))).toBeNull();
  });
});

describe('the address of a screen', () => {
  it.each<Route>([
    { screen: 'overview' },
    { screen: 'services' },
    { screen: 'request', software: 'a b/c' },
    { screen: 'request-url' },
    { screen: 'request-url', url: 'https://example.org/a#sha256=0' },
    { screen: 'installation', id: 'slappart0' },
    { screen: 'partitions' },
    { screen: 'partition', id: 'slappart0' },
    { screen: 'doctor' },
    { screen: 'settings' },
  ])('leads back to it: %j', (route) => {
    expect(routeOf(linkTo(route))).toEqual(route);
  });

  it('is the first one when it is unknown', () => {
    expect(routeOf('#/nowhere/else')).toEqual({ screen: 'overview' });
  });

  it('is the list when it names nothing, or what no link says', () => {
    expect(routeOf('#/partition/')).toEqual({ screen: 'partitions' });
    expect(routeOf('#/partition/%E0%A4%A')).toEqual({ screen: 'partitions' });
    expect(routeOf('#/request')).toEqual({ screen: 'services' });
  });
});
