"""What these tests share: two models, orders for them, and a caller that keeps what it is told."""

from dataclasses import dataclass, field

from core.catalogue import Model
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.openai import OpenAI
from core.providers.ports import Answer, Call, Drawing, Image
from tests.fakes.pixels import png

LUNA = Model(name="luna", upstream="gpt-6-luna", provider="openai", kind="chat", price=1, vision=True)
PAINTER = Model(
    name="painter", upstream="gpt-image-2", provider="openai", kind="image", price=10, max_count=4, edit=True,
    sizes={"1:1": "1024x1024", "3:2": "1536x1024"},
)  # fmt: skip
QUESTION = ChatSpec(prompt="What colour is a fox?", model="luna")
ORDER = ImageSpec(prompt="a red fox", model="painter", aspect="3:2", width=1536, height=1024, count=1, seed=7)
PNG = Image(png(32, 32), "image/png")
PERSON = "0123456789abcdef"


@dataclass
class Caller:
    """Makes calls, and keeps what was said meanwhile."""

    provider: OpenAI
    said: list[str] = field(default_factory=list)

    def call(self, model: Model, seconds: float = 20.0, person: str = PERSON, *sources: Image) -> Call:
        return Call(model, seconds, lambda done: None, self.said.append, sources=sources, safety_id=person)

    async def ask(
        self,
        spec: ChatSpec = QUESTION,
        *sources: Image,
        model: Model = LUNA,
        seconds: float = 20.0,
        person: str = PERSON,
    ) -> Answer:
        return await self.provider.answer(spec, self.call(model, seconds, person, *sources))

    async def draw(
        self, spec: ImageSpec = ORDER, *sources: Image, model: Model = PAINTER, seconds: float = 20.0,
        person: str = PERSON,
    ) -> Drawing:  # fmt: skip
        return await self.provider.draw(spec, self.call(model, seconds, person, *sources))
