/** The first byte of a frame (RFC 6455, 5.2): its opcode, and whether it is the last of its message. */
export const FRAME = {
  text: 0x81,
  binary: 0x82,
  close: 0x88,
  ping: 0x89,
  firstFragment: 0x01,
  nextFragment: 0x00,
  lastFragment: 0x80,
} as const;

/** A frame of a client; its mask is zero, so that the payload goes out as it is (RFC 6455, 5.3). */
export function frame(first: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload as string);
  const mask = Buffer.alloc(4);
  if (bytes.length < 126) return Buffer.concat([Buffer.from([first, 0x80 | bytes.length]), mask, bytes]);
  if (bytes.length < 65_536) {
    const header = Buffer.from([first, 0x80 | 126, 0, 0]);
    header.writeUInt16BE(bytes.length, 2);
    return Buffer.concat([header, mask, bytes]);
  }
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([header, mask, bytes]);
}

/** The whole frames in what a server has sent. */
export function framesIn(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const kind = bytes.readUInt8(at + 1) & 0x7f;
    const header = kind === 126 ? 4 : kind === 127 ? 10 : 2;
    if (at + header > bytes.length) break;
    const length =
      kind === 126 ? bytes.readUInt16BE(at + 2) : kind === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : kind;
    if (at + header + length > bytes.length) break;
    frames.push({
      opcode: bytes.readUInt8(at) & 0x0f,
      payload: bytes.subarray(at + header, at + header + length),
    });
    at += header + length;
  }
  return frames;
}
