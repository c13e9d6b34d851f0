/** The hottest of what tells the processor's temperature: `/sys/class/hwmon` by the drivers of processors, else `/sys/class/thermal`. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { kernelText } from '../../kernel-text.ts';
import { numberIn, type Told } from './source.ts';

const PROCESSOR_DRIVERS: ReadonlySet<string> = new Set(['coretemp', 'k10temp', 'zenpower', 'cpu_thermal']);
const PROCESSOR_ZONE = /^(?:x86_pkg_temp|cpu|soc|tcpu)/i;

/** A sensor that is not there says 0, −273 or 200 °C. */
const PLAUSIBLE = { least: 1, most: 130 };

export class Temperature {
  readonly #sys: string;
  /** Files to read, found once; a computer does not grow sensors. */
  #found: { files: readonly string[]; source: string } | null = null;

  /** @param sys where `/sys` is. */
  constructor(sys: string) {
    this.#sys = sys;
  }

  read(): Told<number> | null {
    this.#found ??= this.#find();
    const { files, source } = this.#found;
    const plausible = files
      .map((file) => (numberIn(kernelText(file)) ?? Number.NaN) / 1000)
      .filter((celsius) => celsius >= PLAUSIBLE.least && celsius <= PLAUSIBLE.most);
    return plausible.length === 0 ? null : { value: Math.round(Math.max(...plausible)), source };
  }

  #find(): { files: string[]; source: string } {
    const hwmon = path.join(this.#sys, 'class/hwmon');
    const sensors = foldersIn(hwmon)
      .filter((folder) => PROCESSOR_DRIVERS.has(textOf(path.join(folder, 'name'))))
      .flatMap((folder) =>
        namesIn(folder)
          .filter((name) => /^temp\d+_input$/.test(name))
          .map((name) => path.join(folder, name)),
      );
    if (sensors.length > 0) return { files: sensors, source: '/sys/class/hwmon' };
    const zones = foldersIn(path.join(this.#sys, 'class/thermal')).filter((folder) =>
      PROCESSOR_ZONE.test(textOf(path.join(folder, 'type'))),
    );
    return { files: zones.map((folder) => path.join(folder, 'temp')), source: '/sys/class/thermal' };
  }
}

function textOf(file: string): string {
  return kernelText(file)?.trim() ?? '';
}

function foldersIn(folder: string): string[] {
  return namesIn(folder).map((name) => path.join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
