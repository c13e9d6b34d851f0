/**
 * A part of a screen that comes after what is drawn first. Without the agent it cannot come: then its place stays as it is, the rest
 * of the screen works, and it is asked for again once the agent is back.
 */
import { useEffect, useState, type ComponentType, type ReactNode } from 'react';
import { usePageState } from '../state/hooks.ts';
import { painted } from './painted.ts';

/** @param place what stands there until then. */
export function later<Properties extends object>(
  load: () => Promise<ComponentType<Properties>>,
  place: (properties: Properties) => ReactNode = () => null,
): ComponentType<Properties> {
  let here: ComponentType<Properties> | null = null;
  return function Later(properties: Properties): ReactNode {
    const connected = usePageState(({ connection }) => connection.state === 'connected');
    const [Part, setPart] = useState<ComponentType<Properties> | null>(() => here);
    useEffect(() => {
      if (Part !== null) return undefined;
      let gone = false;
      const come = async (): Promise<void> => {
        await painted();
        here ??= await load();
        if (!gone) setPart(() => here);
      };
      come().catch(() => {});
      return () => {
        gone = true;
      };
    }, [Part, connected]);
    return Part === null ? place(properties) : <Part {...properties} />;
  };
}
