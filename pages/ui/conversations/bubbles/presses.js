
export default function ({ data: [data], setTriggerValue }) {
  const shared = hub()
  shared.send = (pressed) => setTriggerValue('pressed', pressed)
  shared.files = data.files
  shared.texts = data.texts
  settle(data.done)
  tell()
  return () => { shared.send = null }
}
