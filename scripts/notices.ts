/**
 * What a bundle contains of others must come with their licences: writes `THIRD-PARTY-NOTICES.txt` beside each bundle.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'rolldown';
import { z } from 'zod';

/** What is in a bundle without being code of a package. */
export type OtherPart = { name: string; license: string };

export const NOTICES = 'THIRD-PARTY-NOTICES.txt';

const LICENSE_FILE = /^(?:licen[cs]e|copying)/iu;
const NOTICE_FILE = /^notice/iu;

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });

/** @param others files of licences of what the bundle's files refer to. */
export function notices(others: readonly OtherPart[] = []): Plugin {
  return {
    name: 'notices',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue;
        for (const id of part.moduleIds) {
          const folder = packageFolder(id);
          if (folder !== null) folders.add(folder);
        }
      }
      const entries = new Map([...folders].map(noticeOf));
      for (const { name, license } of others) entries.set(name, readFileSync(license, 'utf8'));
      this.emitFile({ type: 'asset', fileName: NOTICES, source: document(entries) });
    },
  };
}

/** The folder of the package that a module is of; null when it is ours. */
function packageFolder(id: string): string | null {
  const [, folder] =
    /^\0?(?<folder>\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//u.exec(id.replaceAll('\\', '/')) ?? [];
  return folder !== undefined && existsSync(path.join(folder, 'package.json')) ? folder : null;
}

/** @throws Error when a package does not say under what licence it is. */
function noticeOf(folder: string): [name: string, text: string] {
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifestSchema.parse(manifest);
  const files = readdirSync(folder).toSorted();
  const texts = [LICENSE_FILE, NOTICE_FILE].flatMap((wanted) =>
    files
      .filter((file) => wanted.test(file))
      .slice(0, 1)
      .map((file) => readFileSync(path.join(folder, file), 'utf8')),
  );
  if (texts.length === 0 && license === undefined) throw new Error(`${name} has no licence`);
  return [
    `${name} ${version}${license === undefined ? '' : ` (${license})`}`,
    texts.map((text) => text.trim()).join('\n\n'),
  ];
}

function document(entries: ReadonlyMap<string, string>): string {
  const sorted = [...entries].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const parts = sorted.map(([name, text]) => `${'='.repeat(80)}\n${name}\n\n${text.trim()}\n`);
  return ['This folder contains parts of others, under these licences.\n', ...parts].join('\n');
}
