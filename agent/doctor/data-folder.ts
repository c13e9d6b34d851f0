/** Whether the data folder is ours and can be written. */
import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import process from 'node:process';
import { systemErrorCode } from '../errors.ts';
import { always, needsYou, well, type Checker, type Finding } from './checker.ts';

export const dataFolder: Checker = {
  id: 'data-folder',
  applicable: always,
  async check({ paths }): Promise<Finding> {
    const { home } = paths;
    let status;
    try {
      status = await lstat(home);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT') return well('doctor.data-folder.none', { home });
      throw error;
    }
    if (!status.isDirectory()) return needsYou('doctor.data-folder.not-a-folder', { home });
    if (status.uid !== process.getuid?.()) return needsYou('doctor.data-folder.of-another', { home });
    try {
      // For root only a read-only file system is left that can refuse this.
      await access(home, constants.W_OK);
    } catch {
      return needsYou('doctor.data-folder.read-only', { home });
    }
    return well('doctor.data-folder.well', { home });
  },
};
