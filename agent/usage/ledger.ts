/** Usage over time, by person and by partition, and what masters were told of it. */
import type {
  ResolveReportInput,
  UsageByInput,
  UsageReports,
  UsageService,
  UsageSummary,
} from '../api/contract-usage.ts';
import type { UsageBook } from './book.ts';
import { csvOf } from './csv.ts';
import { localDate } from './local-days.ts';
import { stepsOf } from './steps.ts';
import { seriesOf, togetherOf, uncertainSteps } from './summary.ts';

/** No step is shorter, and all begin at one. */
const QUARTER_MINUTES = 15;

export type UsageLedgerOptions = {
  book: Pick<UsageBook, 'entries' | 'begin'>;
  /** Makes the accounts complete up to now. */
  usage: { settle(): unknown };
  masters: {
    reports(): UsageReports[];
    /** @throws SlapgridError `unknown-report`. */
    resolveReport(input: ResolveReportInput): Promise<void>;
  };
  now: () => number;
  /** Whose days are days. */
  zone: () => string;
};

export class UsageLedger implements UsageService {
  readonly #options: UsageLedgerOptions;

  constructor(options: UsageLedgerOptions) {
    this.#options = options;
  }

  async usageSummary(input: UsageByInput): Promise<UsageSummary> {
    return this.#summary(input);
  }

  #summary({ period, by }: UsageByInput): UsageSummary & { borders: string[] } {
    const { book, usage, masters, now, zone } = this.#options;
    usage.settle();
    const at = now();
    const steps = stepsOf(period, at, zone());
    const [from = at, to = at] = [steps.borders[0], steps.borders.at(-1)];
    const entries = book.entries(from, to, QUARTER_MINUTES);
    const begin = book.begin();
    const since = begin ?? -Infinity;
    const together = togetherOf(entries, steps, at, since);
    return {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      stepSeconds: steps.stepSeconds,
      steps: steps.borders.length - 1,
      borders: steps.borders.map((border) => new Date(border).toISOString()),
      uncertainSteps: uncertainSteps(entries, steps),
      knownFrom: begin === null ? null : new Date(begin).toISOString(),
      ...(together === null ? {} : { together }),
      series: seriesOf(entries, steps, by, at, since),
      reports: masters.reports(),
    };
  }

  async usageCsv(input: UsageByInput): Promise<{ name: string; text: string }> {
    const { now, zone } = this.#options;
    const { period, by } = input;
    return {
      name: `slapgrid-usage-${period}-${by}-${localDate(now(), zone())}.csv`,
      text: csvOf(this.#summary(input), now()),
    };
  }

  resolveReport(input: ResolveReportInput): Promise<void> {
    return this.#options.masters.resolveReport(input);
  }
}
