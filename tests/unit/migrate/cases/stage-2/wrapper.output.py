import anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


SYSTEM = "You are an editor."
TEMPLATE = """Fix this text: {text}
Use {style} style."""


class Editor:
    TEMPERATURE = 0.2

    def __init__(self):
        self.client = anthropic.Anthropic(max_retries=0)
        self.human = "\n\nHuman:"
        self.ai = "\n\nAssistant:"
        self.model = "claude-opus-4-8"

    def _prompt(self, text):
        return f"Edit: {text}"

    def edit(self, text):
        params = {
            "model": self.model,
            "max_tokens": 10,
            "messages": [{"role": "user", "content": self._prompt(text)}],
        }
        response = self.client.messages.create(**params)
        return completion_text(response).strip()

    def style(self, text, style="plain"):
        response = self.client.messages.create(
            model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": TEMPLATE.format(text=text, style=style)}]
        )
        return completion_text(response).strip()

    def with_system(self, text):
        prompt = f"{SYSTEM}\n\nHuman: {text}\n\nAssistant:"
        prompt_system = SYSTEM
        prompt_messages = [{"role": "user", "content": f"{text}"}]
        response = self.client.messages.create(model="claude-opus-4-8", max_tokens=10, system=prompt_system, messages=prompt_messages)
        print(len(prompt))
        return completion_text(response).strip()

    def replaced(self, text):
        prompt = "Say [TEXT] again.".replace("[TEXT]", text)
        return completion_text(self.client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])).strip()

    def joined(self, text):
        prompt = "".join(["Say ", text])
        return completion_text(self.client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])).strip()

    def percent(self, text):
        return completion_text(self.client.messages.create(
            model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": "Say %s (100%%)" % (text,)}]
        )).strip()

    def shots(self, text):
        return completion_text(self.client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": "1+1"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": f"{text}"}])).strip()


editor = Editor()
print(editor.edit("a"), editor.style("b"), editor.with_system("c"), editor.replaced("d"), editor.joined("e"), editor.percent("f"), editor.shots("g"))
