/**
 * The settings: rows that take effect at once, and what a person may want to know about where things are.
 */
import { Button, SegmentedControl, Select, Switch, useMantineColorScheme } from '@mantine/core';
import { useEffect, useId, useState, type ReactNode } from 'react';
import type { AgentState, Settings as AgentSettings } from '../../../agent/api/contract.ts';
import { setSingleKeys, useSingleKeys } from '../../frame/shortcuts.ts';
import { chooseLanguage, LANGUAGES, text, type Language } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAction, usePageState, useStore } from '../../state/hooks.ts';
import { useChosenLanguage, useLanguage } from '../../state/language.ts';
import { bytesText } from '../../words/amounts.ts';
import { Masters } from './masters.tsx';
import { Notifications } from './notifications.tsx';
import { SettingRow } from './setting-row.tsx';
import './settings.css';
import { UninstallDialog } from './uninstall-dialog.tsx';

const MASTER_COMMAND = './slapgrid proxy url';

export function Settings({ agent }: { agent: AgentState }): ReactNode {
  const store = useStore();
  const settings = usePageState((state) => state.settings);
  useEffect(() => {
    // Sizes of a while ago are shown until those of now are here.
    void store.loadSettings();
  }, [store]);
  return (
    <div className="settings">
      <ScreenTitle>{text('page.frame.nav.settings')}</ScreenTitle>
      <ThisWindow />
      <Masters agent={agent} />
      <Notifications agent={agent} />
      {settings.state === 'loading' && <Waiting rows={5}>{text('page.frame.connecting')}</Waiting>}
      {settings.state === 'failed' && (
        <Failure
          failure={settings.reason}
          action={
            <Button variant="default" onClick={() => void store.loadSettings()}>
              {text('page.try-again')}
            </Button>
          }
        />
      )}
      {settings.state === 'loaded' && <ThisComputer settings={settings.value} />}
      <Notices agent={agent} />
      <About agent={agent} />
      {settings.state === 'loaded' && <Uninstall agent={agent} settings={settings.value} />}
    </div>
  );
}

function ThisWindow(): ReactNode {
  const single = useSingleKeys();
  const switchId = useId();
  return (
    <section>
      <h2 className="section">{text('page.settings.window')}</h2>
      <Theme />
      <LanguageChoice />
      <SettingRow
        title={text('page.frame.keys.single')}
        detail={text('page.frame.keys.single.help')}
        labels={switchId}
      >
        <Switch
          id={switchId}
          withThumbIndicator={false}
          checked={single}
          onChange={(event) => {
            setSingleKeys(event.currentTarget.checked);
            saved();
          }}
        />
      </SettingRow>
    </section>
  );
}

const SCHEMES = ['auto', 'light', 'dark'] as const;

function Theme(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SettingRow title={text('page.settings.theme')}>
      <SegmentedControl
        aria-label={text('page.settings.theme')}
        data={SCHEMES.map((value) => ({ value, label: text(`page.settings.theme.${value}`) }))}
        value={colorScheme}
        onChange={(scheme) => {
          setColorScheme(scheme);
          saved();
        }}
      />
    </SettingRow>
  );
}

function LanguageChoice(): ReactNode {
  const language = useLanguage();
  const chosen = useChosenLanguage();
  const languages = Object.entries(LANGUAGES);
  const id = useId();
  const choices = languages.map(([value, label]) => ({ value, label }));
  const system = {
    value: '',
    label: text('page.settings.language.system', { language: LANGUAGES[language] }),
  };
  return (
    <SettingRow title={text('page.settings.language')} labels={id}>
      <Select
        id={id}
        data={[system, ...choices]}
        value={chosen ?? ''}
        allowDeselect={false}
        onChange={(value) => {
          chooseLanguage(isLanguage(value) ? value : null);
          saved();
        }}
      />
    </SettingRow>
  );
}

function isLanguage(value: string | null): value is Language {
  return value !== null && value in LANGUAGES;
}

function ThisComputer({ settings }: { settings: AgentSettings }): ReactNode {
  const { dataFolder, freeBytes, secrets, partitionAmount } = settings;
  return (
    <>
      <section>
        <h2 className="section">{text('page.settings.login')}</h2>
        <StartAtLogin startAtLogin={settings.startAtLogin} />
        {settings.lingering.supported && <KeepRunning lingering={settings.lingering} />}
      </section>
      <section>
        <h2 className="section">{text('page.settings.places')}</h2>
        <SettingRow
          title={dataText(useDataSize(), bytesText(freeBytes))}
          detail={<span className="mono">{dataFolder}</span>}
        >
          <CopyButton variant="default" value={dataFolder} what={text('page.settings.data.path')} />
        </SettingRow>
        <SettingRow title={text('page.settings.secrets')} detail={secrets.detail} />
        <SettingRow
          title={text('page.settings.partitions', { count: partitionAmount })}
          detail={text('page.settings.partitions.detail')}
        />
      </section>
      <section>
        <h2 className="section">{text('page.settings.clients')}</h2>
        <SettingRow
          title={text('page.settings.master')}
          detail={
            <>
              {text('page.settings.master.detail')} <code className="mono">{MASTER_COMMAND}</code>
            </>
          }
        >
          <CopyButton variant="default" value={MASTER_COMMAND} what={MASTER_COMMAND} />
        </SettingRow>
      </section>
    </>
  );
}

/** Bytes; null while they are counted, undefined when nobody could. */
function useDataSize(): number | null | undefined {
  const { client } = useStore();
  const [bytes, setBytes] = useState<number | null | undefined>(null);
  useEffect(() => {
    let gone = false;
    const answer = (counted: number | undefined): void => {
      if (!gone) setBytes(counted);
    };
    void client.dataSize.query().then(
      (size) => answer(size.bytes),
      () => answer(undefined),
    );
    return () => {
      gone = true;
    };
  }, [client]);
  return bytes;
}

function dataText(bytes: number | null | undefined, free: string): string {
  if (bytes === undefined) return text('page.settings.data.free', { free });
  if (bytes === null) return text('page.settings.data.counting', { free });
  return text('page.settings.data', { size: bytesText(bytes), free });
}

function StartAtLogin({ startAtLogin }: Pick<AgentSettings, 'startAtLogin'>): ReactNode {
  const { client } = useStore();
  return (
    <AgentSwitch
      title={text('page.settings.start')}
      {...startAtLogin}
      change={(enabled) => client.setStartAtLogin.mutate({ enabled })}
    />
  );
}

function KeepRunning({ lingering }: Pick<AgentSettings, 'lingering'>): ReactNode {
  const { client } = useStore();
  return (
    <AgentSwitch
      title={text('page.settings.keep-running')}
      {...lingering}
      change={(enabled) => client.setLingering.mutate({ enabled })}
    />
  );
}

/** Something the agent switches on this computer, at once. */
function AgentSwitch({
  title,
  supported,
  enabled,
  detail,
  change,
}: {
  title: string;
  supported: boolean;
  enabled: boolean;
  detail: string;
  change: (enabled: boolean) => Promise<unknown>;
}): ReactNode {
  const store = useStore();
  const { busy, failure, run } = useAction();
  const id = useId();
  const ask = async (wanted: boolean): Promise<void> => {
    const done = await run(async () => {
      await change(wanted);
      await store.loadSettings();
    });
    if (done) saved();
  };
  return (
    <>
      <SettingRow title={title} detail={detail} {...(supported ? { labels: id } : {})}>
        {supported ? (
          <Switch
            id={id}
            withThumbIndicator={false}
            checked={enabled}
            disabled={busy}
            onChange={(event) => void ask(event.currentTarget.checked)}
          />
        ) : (
          <span className="small dim">{text('page.settings.not-here')}</span>
        )}
      </SettingRow>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}

function Notices({ agent }: { agent: AgentState }): ReactNode {
  const { notices } = agent.agent;
  if (notices.length === 0) return null;
  return (
    <section>
      <h2 className="section">{text('page.settings.notices')}</h2>
      {notices.map((notice) => (
        <SettingRow key={notice.id} title={notice.sentence} detail={notice.nextStep} />
      ))}
    </section>
  );
}

function About({ agent: { agent } }: { agent: AgentState }): ReactNode {
  return (
    <section>
      <h2 className="section">{text('page.settings.about')}</h2>
      <SettingRow
        title={text('page.settings.version', { version: agent.version })}
        detail={text('page.settings.computer', { id: agent.computerId })}
      />
    </section>
  );
}

function Uninstall({ agent, settings }: { agent: AgentState; settings: AgentSettings }): ReactNode {
  const [asking, setAsking] = useState(false);
  return (
    <section>
      <h2 className="section">{text('page.settings.uninstall')}</h2>
      <SettingRow
        title={text('page.settings.uninstall.what')}
        detail={text('page.settings.uninstall.detail')}
      >
        <Button variant="default" onClick={() => setAsking(true)}>
          {text('page.settings.uninstall.button')}
        </Button>
      </SettingRow>
      <UninstallDialog agent={agent} settings={settings} opened={asking} onClose={() => setAsking(false)} />
    </section>
  );
}

function saved(): void {
  announce(text('page.settings.saved'), 'answer');
}
