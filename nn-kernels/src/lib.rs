//! stub
#![allow(missing_docs)]
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Buffer(Vec<f32>);
impl Buffer {
    pub fn zeroed(n: usize) -> Self {
        Self(vec![0.0; n])
    }
}
impl core::ops::Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}
impl core::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
impl AsRef<[f32]> for Buffer {
    fn as_ref(&self) -> &[f32] {
        &self.0
    }
}
impl AsMut<[f32]> for Buffer {
    fn as_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
#[derive(Debug)]
pub struct Team;
impl Team {
    pub fn new(_: usize) -> Self {
        Team
    }
    pub fn threads(&self) -> usize {
        1
    }
}
