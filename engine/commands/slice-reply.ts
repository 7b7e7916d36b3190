// An element, a field or a member as a bulk string.

import type { Reply } from '../contract/reply.js';
import type { ByteSlice } from '../util/byte-slice.js';

export function replySlice(reply: Reply, slice: ByteSlice): void {
  reply.bulkView(slice.view, slice.at, slice.length);
}
