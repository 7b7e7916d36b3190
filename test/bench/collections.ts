// Big collections on one connection: how long the work takes and what an element weighs. Requests
// are prepared bytes sent many at a time, with a marker behind them, so that the client neither
// parses replies nor waits for each; what is timed is the server's work and the transfer.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BenchServer, type ServerKind } from './bench-server.js';

const MILLION = 1_000_000;
const HUNDRED_THOUSAND = 100_000;
const BATCH_BYTES = 256 * 1024;
const MARKER = 'the-end-of-the-batch';
const MARKER_REPLY = Buffer.from(`$${MARKER.length}\r\n${MARKER}\r\n`);
/** A stride that is prime to all sizes used: an order that no cache and no structure likes. */
const STRIDE = 7_919;

type Words = readonly (string | number)[];
/** Gives the words of the i-th command. */
type Commands = (i: number) => Words;

function encode(words: Words): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) {
    const value = String(word);
    text += `$${value.length}\r\n${value}\r\n`;
  }
  return text;
}

class Connection {
  private readonly socket: Socket;
  private tail: Buffer = Buffer.alloc(0);
  private onMarker: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data: Buffer) => {
      const end = Buffer.concat([this.tail, data.subarray(-MARKER_REPLY.length)]);
      this.tail = end.subarray(-MARKER_REPLY.length);
      if (this.tail.equals(MARKER_REPLY)) {
        this.tail = Buffer.alloc(0);
        this.onMarker?.();
      }
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Runs `count` commands. @returns seconds until the last was answered */
  async run(count: number, commands: Commands): Promise<number> {
    const batches: string[] = [];
    let batch = '';
    for (let i = 0; i < count; i++) {
      batch += encode(commands(i));
      if (batch.length < BATCH_BYTES && i < count - 1) continue;
      batches.push(batch + encode(['ECHO', MARKER]));
      batch = '';
    }
    const startMs = performance.now();
    for (const text of batches) {
      const answered = new Promise<void>((resolve) => {
        this.onMarker = resolve;
      });
      this.socket.write(text, 'latin1');
      await answered;
    }
    return (performance.now() - startMs) / 1000;
  }
}

function shuffled(i: number, size: number): number {
  return (i * STRIDE) % size;
}

function member(i: number): string {
  return `member:${String(i).padStart(9, '0')}`;
}

const ZADD: Commands = (i) => ['ZADD', 'z', shuffled(i, MILLION) * 1.5, member(i)];
const SADD: Commands = (i) => ['SADD', 's', member(shuffled(i, MILLION))];
const SADD_OTHER: Commands = (i) => ['SADD', 't', member(shuffled(i, MILLION) + MILLION / 2)];
const HSET: Commands = (i) => ['HSET', 'h', member(i), member(i)];
const HSET_SMALL: Commands = (i) => [
  ...['HSET', `user:${i}`, 'name', `user ${i}`, 'mail', `u${i}@example.org`, 'age', i % 100],
  ...['visits', i, 'city', 'Berlin'],
];
const RPUSH: Commands = (i) => [
  'RPUSH',
  'l',
  ...Array.from({ length: 10 }, (_, k) => member(i * 10 + k)),
];

interface Timing {
  readonly name: string;
  readonly count: number;
  readonly commands: Commands;
}

interface Case {
  /** What the timings need; timed itself where it has a name. */
  readonly fill: readonly Timing[];
  readonly timings: readonly Timing[];
  /** When the fill is one collection or many of a kind: how many elements share its memory. */
  readonly weighed: { readonly name: string; readonly elements: number } | null;
}

const CASES: readonly Case[] = [
  {
    fill: [{ name: 'ZADD, 1 M members, any order', count: MILLION, commands: ZADD }],
    timings: [
      {
        name: 'ZRANK among 1 M',
        count: 200_000,
        commands: (i) => ['ZRANK', 'z', member(shuffled(i, MILLION))],
      },
      {
        name: 'ZRANGE of 10 by rank among 1 M',
        count: HUNDRED_THOUSAND,
        commands: (i) => ['ZRANGE', 'z', shuffled(i, MILLION), shuffled(i, MILLION) + 9],
      },
      {
        name: 'ZRANGE BYSCORE LIMIT 10 among 1 M',
        count: HUNDRED_THOUSAND,
        commands: (i) => [
          ...['ZRANGE', 'z', shuffled(i, MILLION), '+inf', 'BYSCORE', 'LIMIT', 0, 10],
        ],
      },
      {
        name: 'ZADD, new scores for 200 k of 1 M',
        count: 200_000,
        commands: (i) => ['ZADD', 'z', i * 3.25, member(shuffled(i, MILLION))],
      },
    ],
    weighed: { name: 'sorted set of 1 M', elements: MILLION },
  },
  {
    fill: [{ name: 'SADD, 1 M members, any order', count: MILLION, commands: SADD }],
    timings: [],
    weighed: { name: 'set of 1 M', elements: MILLION },
  },
  {
    fill: [
      { name: '', count: MILLION, commands: SADD },
      { name: '', count: MILLION, commands: SADD_OTHER },
    ],
    timings: [
      {
        name: 'SINTERCARD of two sets of 1 M',
        count: 1,
        commands: () => ['SINTERCARD', 2, 's', 't'],
      },
      { name: 'SINTER of two sets of 1 M', count: 1, commands: () => ['SINTER', 's', 't'] },
      { name: 'SUNIONSTORE of the two', count: 1, commands: () => ['SUNIONSTORE', 'u', 's', 't'] },
    ],
    weighed: null,
  },
  {
    fill: [{ name: 'HSET, 1 M fields', count: MILLION, commands: HSET }],
    timings: [
      {
        name: 'HGET among 1 M',
        count: 200_000,
        commands: (i) => ['HGET', 'h', member(shuffled(i, MILLION))],
      },
    ],
    weighed: { name: 'hash of 1 M fields', elements: MILLION },
  },
  {
    fill: [{ name: '', count: HUNDRED_THOUSAND, commands: HSET }],
    timings: [{ name: 'HGETALL of 100 k, 20 times', count: 20, commands: () => ['HGETALL', 'h'] }],
    weighed: null,
  },
  {
    fill: [{ name: 'HSET, 1 M hashes of five small fields', count: MILLION, commands: HSET_SMALL }],
    timings: [],
    weighed: { name: 'hash of five small fields', elements: MILLION },
  },
  {
    fill: [{ name: 'RPUSH, 1 M elements by ten', count: HUNDRED_THOUSAND, commands: RPUSH }],
    timings: [
      {
        name: 'LINDEX in the middle of 1 M',
        count: 50_000,
        commands: (i) => ['LINDEX', 'l', MILLION / 2 + (shuffled(i, 100_000) - 50_000)],
      },
      {
        name: 'LINSERT in the middle of 1 M',
        count: 200,
        commands: (i) => ['LINSERT', 'l', 'BEFORE', member(MILLION / 2), `new:${i}`],
      },
    ],
    weighed: { name: 'list of 1 M', elements: MILLION },
  },
  {
    fill: [
      {
        name: '',
        count: HUNDRED_THOUSAND,
        commands: (i) => ['RPUSH', 'l', shuffled(i, HUNDRED_THOUSAND)],
      },
    ],
    timings: [
      { name: 'SORT of 100 k, 10 times', count: 10, commands: () => ['SORT', 'l'] },
      { name: 'SORT ALPHA of 100 k, 10 times', count: 10, commands: () => ['SORT', 'l', 'ALPHA'] },
    ],
    weighed: null,
  },
];

/** One figure: seconds of a timing, or bytes of an element. */
export interface CollectionFigure {
  readonly name: string;
  readonly unit: 's' | 'B';
  readonly value: number;
}

/** Measures every case against a fresh server each. */
export async function measureCollections(kind: ServerKind): Promise<CollectionFigure[]> {
  const figures: CollectionFigure[] = [];
  for (const { fill, timings, weighed } of CASES) {
    const server = new BenchServer(kind);
    try {
      await server.start();
      const connection = await Connection.open(server.port);
      const before = server.residentBytes();
      for (const { name, count, commands } of fill) {
        const seconds = await connection.run(count, commands);
        if (name !== '') figures.push({ name, unit: 's', value: seconds });
      }
      if (weighed !== null) {
        const bytes = (server.residentBytes() - before) / weighed.elements;
        figures.push({ name: `memory: ${weighed.name}`, unit: 'B', value: bytes });
      }
      for (const { name, count, commands } of timings) {
        figures.push({ name, unit: 's', value: await connection.run(count, commands) });
      }
      connection.close();
    } finally {
      await server.stop();
    }
  }
  return figures;
}
