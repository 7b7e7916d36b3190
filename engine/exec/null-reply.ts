// The reply of a command nobody waits for: replay. It only remembers an error, because a logged
// command that fails means the log and the keyspace disagree.

import type { Reply, ReplyMark } from '../contract/reply.js';

export class NullReply implements Reply {
  errorCount = 0;
  lastError = '';

  error(text: string): void {
    this.errorCount++;
    this.lastError = text;
  }

  ok(): void {}
  status(): void {}
  integer(): void {}
  integer64(): void {}
  bulk(): void {}
  bulkView(): void {}
  text(): void {}
  bulkInteger(): void {}
  null(): void {}
  nullArray(): void {}
  array(): void {}
  map(): void {}
  set(): void {}
  push(): void {}
  double(): void {}
  boolean(): void {}
  bigNumber(): void {}
  verbatim(): void {}
  attribute(): void {}
  beginArray(): ReplyMark {
    return 0;
  }
  endArray(): void {}
  beginMap(): ReplyMark {
    return 0;
  }
  endMap(): void {}
  beginSet(): ReplyMark {
    return 0;
  }
  endSet(): void {}
}
