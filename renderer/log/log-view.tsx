/**
 * The log of an instance: followed as it is written, searched, saved. Its lines are never announced.
 */
import { ActionIcon, Button, Checkbox, Select, TextInput } from '@mantine/core';
import {
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import { download } from '../connection/download.ts';
import { text } from '../messages.ts';
import { announce } from '../parts/announcer.tsx';
import { Icon } from '../parts/icons.tsx';
import { Failure } from '../parts/note.tsx';
import { useAction, useStore } from '../state/hooks.ts';
import { LogBlocks, lineId } from './log-blocks.tsx';
import { countAfter, ofService, servicesOf, type LogLines } from './log-lines.ts';
import './log.css';
import { hitAfter, LogSearch } from './search.ts';
import { useFollow, type Following } from './use-follow.ts';
import { useLog } from './use-log.ts';

export function LogView({ name }: { name: string }): ReactNode {
  const [attempt, setAttempt] = useState(0);
  return <Log key={`${name} ${attempt}`} name={name} onAgain={() => setAttempt(attempt + 1)} />;
}

function Log({ name, onAgain }: { name: string; onAgain: () => void }): ReactNode {
  const { lines, read, failure } = useLog(name);
  const [service, setService] = useState<string | null>(null);
  const [wrap, setWrap] = useState(true);
  const view = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useFollow(view, content);
  const services = useMemo(() => servicesOf(lines), [lines]);
  const shown = useMemo(() => ofService(lines, service), [lines, service]);
  const found = useFound(shown, following);

  return (
    <section className="log" aria-labelledby="log-heading">
      <div className="log-head">
        <h2 id="log-heading" className="section">
          {text('page.partition.log')}
        </h2>
        <div className="log-tools">
          {services.length > 1 && (
            <Select
              size="xs"
              className="log-services"
              aria-label={text('page.partition.log.service')}
              data={services}
              value={service}
              onChange={setService}
              placeholder={text('page.partition.log.every-service')}
              clearable
            />
          )}
          <SearchField {...found} />
          <Checkbox
            size="xs"
            label={text('page.partition.log.wrap')}
            checked={wrap}
            onChange={(event) => setWrap(event.currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            label={text('page.partition.log.follow')}
            checked={following.following}
            onChange={(event) => following.follow(event.currentTarget.checked)}
          />
          <SaveButton name={name} service={service} />
        </div>
      </div>
      {failure !== null && (
        <Failure
          failure={failure}
          action={
            <Button variant="default" onClick={onAgain}>
              {text('page.try-again')}
            </Button>
          }
        />
      )}
      {lines.dropped > 0 && <p className="small dim">{text('page.partition.log.dropped')}</p>}
      <div className="log-frame">
        <div
          ref={view}
          className={wrap ? 'log-lines wrapped' : 'log-lines'}
          role="log"
          aria-live="off"
          aria-label={text('page.partition.log.of', { name })}
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
          // Where old lines go as new ones come, the browser would hold what is shown in place, and that is a way up.
          style={{ overflowAnchor: following.following ? 'none' : 'auto' }}
          onScroll={following.onScroll}
        >
          <div ref={content}>
            {shown.blocks.length === 0 ? (
              <p className="log-empty">
                {text(read ? 'page.partition.log.empty' : 'page.partition.log.reading')}
              </p>
            ) : (
              <LogBlocks
                blocks={shown.blocks}
                words={found.marked}
                hit={found.hit}
                named={service === null && services.length > 1}
              />
            )}
          </div>
        </div>
        <NewLines lines={lines} service={service} {...following} />
      </div>
    </section>
  );
}

/** What came while somebody looks at what was. */
function NewLines({
  lines,
  service,
  following,
  follow,
}: Following & { lines: LogLines; service: string | null }): ReactNode {
  const { total } = lines;
  const [seen, setSeen] = useState(total);
  if (following && seen !== total) setSeen(total);
  const count = useMemo(() => countAfter(lines, seen, service), [lines, seen, service]);
  if (following || count === 0) return null;
  return (
    <Button className="log-new" size="compact-sm" onClick={() => follow(true)}>
      {text('page.partition.log.new', { count })}
    </Button>
  );
}

function SaveButton({ name, service }: { name: string; service: string | null }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const save = (): void => {
    void run(async () => {
      const input = { name, what: 'log', ...(service === null ? {} : { service }) } as const;
      const { path } = await client.createDownload.mutate(input);
      download(path);
    });
  };
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        loading={busy}
        aria-label={text('page.partition.log.save.what')}
        onClick={save}
      >
        {text('page.partition.log.save')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}

type Found = {
  words: string;
  /** The words that are marked: those of the last search that was done. */
  marked: string;
  hits: readonly number[];
  /** Number of the line that is being looked at; 0 for none. */
  hit: number;
  onWords: (words: string) => void;
  onGo: (direction: 1 | -1) => void;
};

function useFound(shown: Parameters<LogSearch['find']>[0], following: Following): Found {
  const [words, setWords] = useState('');
  const [hit, setHit] = useState(0);
  const marked = useDeferredValue(words);
  const [search] = useState(() => new LogSearch());
  const hits = useMemo(() => search.find(shown, marked), [search, shown, marked]);
  const onGo = (direction: 1 | -1): void => {
    const next = hitAfter(hits, hit, direction);
    if (next === null) return;
    setHit(next);
    following.follow(false);
    // The line may be in a block that is laid out only now.
    requestAnimationFrame(() => document.getElementById(lineId(next))?.scrollIntoView({ block: 'center' }));
    announce(text('page.partition.log.hit', { place: hits.indexOf(next) + 1, count: hits.length }), 'answer');
  };
  const onWords = (typed: string): void => {
    setWords(typed);
    setHit(0);
  };
  return { words, marked, hits, hit, onWords, onGo };
}

function SearchField({ words, marked, hits, hit, onWords, onGo }: Found): ReactNode {
  useHitNews(marked, hits.length);
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onGo(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && words !== '') onWords('');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const place = hits.indexOf(hit) + 1;
  return (
    <div className="log-search">
      <TextInput
        size="xs"
        type="search"
        aria-label={text('page.partition.log.search')}
        placeholder={text('page.partition.log.search')}
        leftSection={<Icon name="search" size={14} />}
        value={words}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onWords(event.currentTarget.value)}
        onKeyDown={key}
      />
      {words !== '' && (
        <>
          <span className="log-hits">
            {place > 0
              ? text('page.partition.log.hit', { place, count: hits.length })
              : text('page.partition.log.hits', { count: hits.length })}
          </span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            disabled={hits.length === 0}
            aria-label={text('page.partition.log.previous')}
            onClick={() => onGo(-1)}
          >
            <Icon name="up" />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            disabled={hits.length === 0}
            aria-label={text('page.partition.log.next')}
            onClick={() => onGo(1)}
          >
            <Icon name="down" />
          </ActionIcon>
        </>
      )}
    </div>
  );
}

/** Says how many there are, once typing stops. */
function useHitNews(words: string, count: number): void {
  const counted = useRef(count);
  useEffect(() => {
    counted.current = count;
  }, [count]);
  useEffect(() => {
    if (words === '') return undefined;
    const timer = setTimeout(
      () => announce(text('page.partition.log.hits', { count: counted.current })),
      600,
    );
    return () => clearTimeout(timer);
  }, [words]);
}
