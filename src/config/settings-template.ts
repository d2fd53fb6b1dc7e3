/** The commented example that `config init` writes; it is itself a valid settings file. */

/** @returns YAML */
export function settingsTemplate(): string {
  return TEMPLATE;
}

const TEMPLATE = `# Settings of a KADEC21 e-mail model. Check with: kadec21 config check FILE
# Secrets (password) stand in this file in clear: keep it readable for yourself only.
schemaVersion: 1

device:
  name: moshiri-01              # letters, digits, - and _; part of every Message-ID
  model: KADEC21-KAZE-N2        # as on the type plate: -N2 has a built-in module, -N a communication card
  id: "0001"                    # unique in your fleet
  station: 母子里                # title of the station as people read it
  # firmware: "2.1"             # release of the comms firmware; the newest that runs on the model if absent

# Communication module: existing (old 800 MHz, until 2012-07-22), dual-band (old and new 800 MHz, until
# 2022-03-31), 3gpp (LTE), 3gpp-sockets (LTE, by the module's own TCP/IP stack)
module: 3gpp

carrier:
  # number: "*99***1#"          # the module's own packet number if absent
  # apn: au.au-net.ne.jp        # 3GPP modules only
  user: user@au.au-net.ne.jp   # CDMA modules: au@au-win.ne.jp
  password: "au"

# nameServers: [210.196.3.183, 210.141.112.163]   # those that the carrier gives if absent

mail:
  from: moshiri@north-one.example
  to:
    - office@north-one.example
    # - second@north-one.example
  # {station} {device} {id} {quantity} {value} {unit} {time} {from} {count}
  subject: "[{station}] {quantity} {value}{unit} ({time})"
  bodyCharset: iso-2022-jp      # or utf-8
  attachCsv: true               # the records as a CSV file

  server:
    host: mail.north-one.example  # as it stands, a server of the emulation
    port: 587                   # not 25: carriers block it (Outbound Port 25 Blocking)
    tls: required               # required | opportunistic | off | implicit (port 465)
    # caFile: ca.pem            # trust this authority instead of the built-in ones

  auth:
    mechanism: auto             # auto | cram-md5 | login | plain | none
    user: logger@north-one.example
    password: "snow-depth"
    allowCleartext: false       # true shows the password to everybody on an unencrypted way

  retry:
    first: 5min                 # pauses double ...
    longest: 60min              # ... up to this one
    giveUpAfter: 24h
    redials: 2                  # within one session, when the carrier is lost

  timeLimits:
    connect: 75s
    reply: 2min
    finalReply: 10min
    session: 20min

schedule:                       # counted from midnight in Japan
  measureEvery: 60min
  sendEvery: 24h
  sendOffset: 0s

# alarms:                       # a mail at once when a value crosses a threshold, and when it is back
#   - quantity: discharge_m3s   # column of the measurements
#     above: 2.0
#     hysteresis: 0.2
`;
