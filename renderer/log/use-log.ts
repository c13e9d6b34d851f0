/**
 * The log of an instance as it is written: the last lines, then what comes. A stream that was cut goes on where it stopped.
 */
import { useEffect, useState } from 'react';
import type { ErrorView } from '../../agent/api/contract.ts';
import { failureView } from '../connection/failure.ts';
import { useStore } from '../state/hooks.ts';
import { cleanLine } from './clean.ts';
import { NO_LINES, withLines, type LogLines } from './log-lines.ts';

/** Of each service, to begin with. */
const FIRST_LINES = 1000;
/** Lines that come together are drawn together. */
const PATIENCE_MILLISECONDS = 50;
/** In a tab that nobody looks at, timers come late: so many do not wait for them. */
const MOST_WAITING = 2000;

export type FollowedLog = { lines: LogLines; read: boolean; failure: ErrorView | null };

const UNREAD: FollowedLog = { lines: NO_LINES, read: false, failure: null };

/** Of one instance as long as the caller is shown. */
export function useLog(name: string): FollowedLog {
  const { client } = useStore();
  const [log, setLog] = useState(UNREAD);
  useEffect(() => {
    let waiting: { service: string; text: string }[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const draw = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      const added = waiting;
      waiting = [];
      setLog(({ lines, failure }) => ({
        lines: withLines(lines, added),
        read: true,
        failure: added.length > 0 ? null : failure,
      }));
    };
    const fail = (error: unknown): void =>
      setLog(({ lines }) => ({ lines, read: true, failure: failureView(error) }));
    const followed = client.logs.subscribe(
      { name, lines: FIRST_LINES, follow: true },
      {
        onStarted: () => {
          timer ??= setTimeout(draw, PATIENCE_MILLISECONDS);
        },
        onData: ({ data: { service, line } }) => {
          waiting.push({ service, text: cleanLine(line) });
          if (waiting.length >= MOST_WAITING) draw();
          else timer ??= setTimeout(draw, PATIENCE_MILLISECONDS);
        },
        onError: fail,
        // The agent failed, and is asked again and again. That it does not answer at all is said where it concerns everything.
        onConnectionStateChange: ({ error }) => {
          if (error?.shape !== undefined) fail(error);
        },
      },
    );
    return () => {
      followed.unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client, name]);
  return log;
}
