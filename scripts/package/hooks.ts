/**
 * What electron-builder does not do by itself; `electron-builder.yml` names these.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { AfterPackContext } from 'electron-builder';
import { makePlain } from './plain-files.ts';

/** Nothing is to be collected from `node_modules`: the build has what is needed of it. */
export function beforeBuild(): Promise<boolean> {
  return Promise.resolve(false);
}

/** What a distribution of Electron has for those who run it as it is. */
export async function afterExtract({ appOutDir, packager }: AfterPackContext): Promise<void> {
  const resources =
    packager.platform.name === 'mac'
      ? path.join(appOutDir, 'Electron.app', 'Contents', 'Resources')
      : path.join(appOutDir, 'resources');
  await rm(path.join(resources, 'default_app.asar'), { force: true });
  await rm(path.join(appOutDir, 'version'), { force: true });
}

export async function afterPack({ appOutDir }: AfterPackContext): Promise<void> {
  await makePlain(appOutDir);
}
