/**
 * Server-sent events read from a stream of bytes (HTML standard, 9.2.6 "Interpreting an event stream").
 */

export type ServerEvent = {
  /** `message` unless the sender named it. */
  type: string;
  data: string;
  /** Empty when the event has none. */
  id: string;
};

/** The events of a stream, in order. An event that was cut off at the end is not delivered. */
export async function* serverEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let event: ServerEvent | null = null;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') event = withField(event, line);
      else if (event !== null) {
        yield event;
        event = null;
      }
    }
  }
}

function withField(event: ServerEvent | null, line: string): ServerEvent {
  const { type, data, id } = event ?? { type: 'message', data: '', id: '' };
  const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/u.exec(line) ?? [];
  switch (name) {
    case 'event':
      return { type: value, data, id };
    case 'data':
      return { type, data: data === '' ? value : `${data}\n${value}`, id };
    case 'id':
      return { type, data, id: value };
    default:
      return { type, data, id };
  }
}
