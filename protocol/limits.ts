// The directives that bound what a client may cost. Invariant: every question is answered from the
// configuration as it is now, so CONFIG SET holds at once; only the three-part text of
// client-output-buffer-limit is remembered, for as long as it stays the same.

import { type ClientType, type ConfigPort, readOutputBufferLimits } from './engine-port.js';

/** Offsets into a query buffer are 32-bit numbers; one more read must fit. */
const QUERY_BUFFER_MAX_BYTES = 2 ** 31 - 1 - 2 ** 20;
/** What a client may send before it has given its password. */
const UNAUTHENTICATED_QUERY_MAX_BYTES = 1024 * 1024;
/** client-query-buffer-limit cannot be set lower, so smaller buffers need not ask for it. */
export const QUERY_BUFFER_ALWAYS_ALLOWED_BYTES = 1024 * 1024;

export interface OutputLimit {
  /** Reaching this closes the client; 0 is no limit. */
  readonly hardBytes: number;
  /** Staying above this for `softSeconds` closes the client; 0 is no limit. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

type OutputLimits = ReturnType<typeof readOutputBufferLimits>;

export class Limits {
  private readonly config: ConfigPort;
  private outputText: string;
  private outputLimits: OutputLimits;

  constructor(config: ConfigPort) {
    this.config = config;
    this.outputText = config.text('client-output-buffer-limit');
    this.outputLimits = readOutputBufferLimits(this.outputText);
  }

  get maxClients(): number {
    return this.config.number('maxclients');
  }

  /** Seconds without a command after which a client is closed; 0 is never. */
  get idleTimeoutSeconds(): number {
    return this.config.number('timeout');
  }

  /** Seconds between TCP keep-alive probes; 0 is none. */
  get keepAliveSeconds(): number {
    return this.config.number('tcp-keepalive');
  }

  get isProtectedMode(): boolean {
    return this.config.flag('protected-mode');
  }

  get maxBulkBytes(): number {
    return this.config.number('proto-max-bulk-len');
  }

  /** @returns how many bytes of one client may wait to be parsed or executed */
  maxQueryBytes(isUnauthenticated: boolean): number {
    const bytes = Math.min(this.config.number('client-query-buffer-limit'), QUERY_BUFFER_MAX_BYTES);
    return isUnauthenticated ? Math.min(bytes, UNAUTHENTICATED_QUERY_MAX_BYTES) : bytes;
  }

  /** @returns the output buffer limit of a class; masters count as normal clients */
  outputLimit(type: ClientType): OutputLimit {
    const text = this.config.text('client-output-buffer-limit');
    if (text !== this.outputText) {
      this.outputLimits = readOutputBufferLimits(text);
      this.outputText = text;
    }
    return this.outputLimits[type === 'master' ? 'normal' : type];
  }
}
