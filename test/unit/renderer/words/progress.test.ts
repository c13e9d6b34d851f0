import { describe, expect, it } from 'vitest';
import { amountText, percentOf, speedText, stepText } from '../../../../renderer/words/progress.ts';

const plain = (words: string): string => words.replaceAll('\u00a0', ' ');
const downloading = { step: 'downloading', done: 8e6, total: 20e6 } as const;

describe('progress', () => {
  it('says its step', () => {
    expect(stepText('verifying')).toBe('Checking signatures');
  });

  it('counts bytes while downloading and pieces otherwise, and nothing that is not known', () => {
    expect(plain(amountText(downloading))).toBe('8 of 20 MB');
    expect(amountText({ step: 'unpacking', done: 3, total: 27 })).toBe('3 of 27');
    expect(amountText({ step: 'starting', done: 0, total: 0 })).toBe('');
  });

  it('says how quick it is once that is known', () => {
    expect(plain(speedText({ ...downloading, bytesPerSecond: 3e6 }))).toBe('3 MB/s, about 4 s left');
    expect(speedText(downloading)).toBe('');
    expect(speedText({ ...downloading, bytesPerSecond: 0 })).toBe('');
  });

  it('is never more than all of it', () => {
    expect(percentOf(downloading)).toBe(40);
    expect(percentOf({ ...downloading, done: 21e6 })).toBe(100);
    expect(percentOf({ step: 'resolving', done: 0, total: 0 })).toBeNull();
  });
});
