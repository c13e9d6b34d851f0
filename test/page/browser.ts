/**
 * The real Chromium of this computer.
 */
import process from 'node:process';
import { chromium, type Browser } from '@playwright/test';

/** With everything that a person's browser has, but no display. */
export function launchBrowser(): Promise<Browser> {
  return launch('/usr/bin/chromium');
}

/** The same engine without a browser's own windows around each page, which cost more than the page does. */
export function launchEngine(): Promise<Browser> {
  return launch('/usr/bin/chromium-headless-shell');
}

function launch(executablePath: string): Promise<Browser> {
  // Chromium's own sandbox refuses to run as root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
