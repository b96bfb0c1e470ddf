
export default function ({ data: [data], setTriggerValue }) {
  const shared = hub()
  const send = (pressed) => setTriggerValue('pressed', pressed)
  shared.send = send
  shared.clock = Math.max(shared.clock, data.now - Date.now()) // its word was on its way: no press is too young
  shared.files = data.files
  shared.texts = data.texts
  settle(data.done)
  tell()
  return () => { if (shared.send === send) shared.send = null }
}
