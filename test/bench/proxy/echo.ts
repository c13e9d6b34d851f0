/**
 * The least that a call over HTTP takes on this computer: a process that reads nothing of what it is sent and has one answer.
 */
import { createServer } from 'node:net';
import process from 'node:process';

const BODY = 'x'.repeat(600);
const ANSWER = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', () => socket.write(ANSWER));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : null);
});
