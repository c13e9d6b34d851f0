/**
 * The real Chromium of this computer.
 */
import process from 'node:process';
import { chromium, type Browser } from '@playwright/test';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    // Chromium's own sandbox refuses to run as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}
