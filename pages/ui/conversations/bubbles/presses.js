
export default function ({ data: [data], setTriggerValue }) {
  const shared = hub()
  const send = (pressed) => setTriggerValue('pressed', pressed)
  shared.send = send
  shared.files = data.files
  shared.texts = data.texts
  settle(data.done)
  tell()
  return () => { if (shared.send === send) shared.send = null }
}
