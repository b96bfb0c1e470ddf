// Genuine Baileys clients, one for each folder: node driver.mjs PACKAGE FOLDER...
//
// Standard output carries one JSON object a line, standard input one command a line, as neonize_driver.py has it.
// Each names its session by the place of its folder, the first one being 0.
// The environment says where the emulator is: EMULATOR_PROXY, EMULATOR_CA, EMULATOR_ROOT_KEY (hex).
import fs from 'node:fs'
import https from 'node:https'
import { createRequire } from 'node:module'
import net from 'node:net'
import readline from 'node:readline'
import tls from 'node:tls'

const [, , packageName, ...folders] = process.argv
const imported = await import(packageName)
const baileys = imported.default?.useMultiFileAuthState ? { ...imported, ...imported.default } : imported
const makeSocket = baileys.makeWASocket ?? baileys.default
const RESTART_REQUIRED = 515
const FIRST_STANZA = 2 // after the server's part of the handshake
const NETWORK_MS = 300

// What a client trusts: the root of WhatsApp's certificates. 6.x compares a serial number only.
if (baileys.WA_CERT_DETAILS) {
  baileys.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(process.env.EMULATOR_ROOT_KEY, 'hex')
}

// 6.17 comes with an older dictionary of the words in stanzas; servers, and the emulator, speak the newer one.
if (baileys.NOISE_WA_HEADER[3] === 2) {
  baileys.NOISE_WA_HEADER[3] = 3
  const old = createRequire(import.meta.url)(`${packageName}/lib/WABinary/constants.js`)
  const newer = await import('baileys-6.7/lib/WABinary/constants.js')
  for (const name of ['SINGLE_BYTE_TOKENS', 'DOUBLE_BYTE_TOKENS']) old[name].splice(0, Infinity, ...newer[name])
  for (const word of Object.keys(old.TOKEN_MAP)) delete old.TOKEN_MAP[word]
  Object.assign(old.TOKEN_MAP, newer.TOKEN_MAP)
}

const emit = (event, values = {}) => fs.writeSync(1, JSON.stringify({ event, ...values }) + '\n')

// Baileys prints what it closes; standard output is ours.
for (const name of ['log', 'info', 'debug', 'warn', 'error']) {
  console[name] = (...values) => fs.writeSync(2, values.map(String).join(' ') + '\n')
}

class ViaProxy extends https.Agent {
  createConnection(options, done) {
    const proxy = new URL(process.env.EMULATOR_PROXY)
    const socket = net.connect(Number(proxy.port), proxy.hostname)
    socket.once('error', done)
    socket.once('connect', () => socket.write(`CONNECT ${options.host}:443 HTTP/1.1\r\n\r\n`))
    socket.once('data', () => {
      const ca = fs.readFileSync(process.env.EMULATOR_CA)
      done(null, tls.connect({ socket, servername: options.host, ca }))
    })
  }
}

const silent = { level: 'silent', child: () => silent }
for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) {
  silent[name] = process.env.BAILEYS_LOG
    ? (...values) => fs.writeSync(2, `${name} ${values.map((v) => (typeof v === 'string' ? v : JSON.stringify(v, (k, w) => w instanceof Error ? w.stack : w))).join(' ').slice(0, 2000)}\n`)
    : () => {}
}

const makeSession = async (folder, session) => {
  const tell = (event, values) => emit(event, { session, ...values })
  const { state, saveCreds } = await baileys.useMultiFileAuthState(folder)
  let writing = Promise.resolve()
  const store = state.keys.set
  state.keys.set = (data) => {
    const written = store(data)
    writing = Promise.all([writing, written])
    return written
  }

  // Until nothing more is being written: a process that ends earlier leaves half a file.
  const written = async () => {
    let seen
    do {
      seen = writing
      await seen
    } while (seen !== writing)
  }

  let socket
  let stopping = false

  const connect = () => {
    socket = makeSocket({
      auth: state,
      agent: new ViaProxy(),
      fetchAgent: new ViaProxy(),
      logger: silent,
      markOnlineOnConnect: false,
      syncFullHistory: false,
      shouldSyncHistoryMessage: () => false,
      defaultQueryTimeoutMs: 10_000
    })
    // 6.7 derives its keys in the background once the handshake is done. Over a network nothing comes in
    // meanwhile; on loopback it takes the first stanza for a part of the handshake.
    const websocket = socket.ws
    const deliver = websocket.emit.bind(websocket)
    let frames = 0
    let turn = Promise.resolve()
    websocket.emit = (name, ...values) => {
      if (name !== 'message') return deliver(name, ...values)
      frames += 1
      if (frames === FIRST_STANZA) turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, NETWORK_MS)))
      turn = turn.then(() => deliver(name, ...values))
      return true
    }
    // After a pairing 6.17 holds events back until the phone has shared its settings, which the emulator does not.
    socket.ev.buffer = () => {}
    socket.ev.on('creds.update', () => {
      writing = Promise.all([writing, saveCreds()])
    })
    socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
      if (qr) tell('qr', { code: qr })
      if (connection === 'open') tell('connected', { me: state.creds.me })
      if (connection === 'close') {
        const status = lastDisconnect?.error?.output?.statusCode
        if (status === RESTART_REQUIRED && !stopping) return writing.then(connect)
        tell('closed', { status: status ?? 0, error: String(lastDisconnect?.error) })
      }
    })
    socket.ev.on('messages.upsert', ({ messages }) => {
      for (const { key, message } of messages) {
        const text = message?.conversation ?? message?.extendedTextMessage?.text
        if (text !== undefined && text !== null) {
          tell('message', { id: key.id, from: key.remoteJid, text, mine: key.fromMe })
        }
      }
    })
  }

  connect()
  return {
    send: (to, text) => socket.sendMessage(to, { text }),
    stop: async () => {
      stopping = true
      await written()
      socket.end(undefined)
      await new Promise(setImmediate)
      await written()
    }
  }
}

const sessions = await Promise.all(folders.map(makeSession))

const commands = {
  send: async ({ session, to, text, tag }) => {
    const sent = await sessions[session].send(to, text)
    emit('sent', { session, id: sent.key.id, text, tag })
  },
  stop: async ({ tag }) => {
    await Promise.all(sessions.map((each) => each.stop()))
    emit('stopped', { tag })
    process.exit(0)
  }
}

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const [[name, body]] = Object.entries(JSON.parse(line))
  try {
    await commands[name](body)
  } catch (error) {
    emit('error', { error: String(error?.stack ?? error), tag: body.tag })
  }
}).on('close', () => process.exit(0))
